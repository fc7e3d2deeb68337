import type { Refusal } from '@keyward/core';
import { judgeSession } from '@keyward/core/authorize';
import { isSequenced, type TimeBounds } from '@keyward/core/observe';
import type { Policy } from '@keyward/core/policy';
import type {
	CertificateStore,
	Clock,
	IssuedCertificate,
	LastMessage,
	Principal,
	PrincipalName,
	PrincipalStore,
} from '@keyward/core/port';
import type { Readings } from '../ingest/readings.ts';
import type { Counters } from '../log/counters.ts';
import { existsSince } from './held-since.ts';
import type { Policies } from '../policy/policies.ts';
import type { Streams } from '../ingest/streams.ts';
import { admitLastMessage } from './last-message.ts';

/** Publishes a will by the path of every reading; it is durable when this resolves. Throws `Problem('store-failed')`. */
export type PublishLastMessage = (principal: PrincipalName, will: LastMessage) => Promise<void>;

/** The streams that a device of this class may write. */
const streamsOf = (policy: Policy, { kind, class: className }: Principal): readonly string[] =>
	kind === 'device' ? (policy.devices.get(className ?? '')?.streams ?? []) : [];

export const createLastMessagePublisher = (
	store: CertificateStore & PrincipalStore,
	policies: Policies,
	streams: Streams,
	readings: () => Readings,
	counters: Counters,
	issuerCounts: (certificate: IssuedCertificate) => boolean,
	bounds: TimeBounds,
	clock: Clock,
): PublishLastMessage => {
	/** CR 2.1: the right to publish is judged when the will is published; a revoked key's last word is not taken. */
	const refuse = async (principal: Principal | null, policy: Policy): Promise<Refusal | null> => {
		// How strong its link was has been judged while it stood.
		const link = { protocol: 'TLSv1.3', groups: 'hybrid' } as const;
		let refusal: Refusal | null = null;
		for (const certificate of principal === null ? [] : await store.certificates(principal)) {
			const [against] = judgeSession(
				{ certificate, principal, policy, link, issuerCounts: issuerCounts(certificate) },
				clock.now(),
			).refusals;
			if (against === undefined) return null;
			refusal = against;
		}
		return (
			refusal ?? { code: 'certificate-unknown', requirement: 'deny-by-default', reason: 'nobody holds a certificate' }
		);
	};

	return async (name, will) => {
		const policy = policies.policyOf(name.application);
		if (policy === null) return;
		const principal = await store.principal(name);
		const against = await refuse(principal, policy);
		if (against !== null || principal === null) {
			counters.add(against?.code ?? 'certificate-unknown');
			return;
		}
		const own = streamsOf(policy, principal);
		// CR 2.11: judged once more; what was given long ago may lie too far back by now.
		const since = await existsSince(store, name);
		const { stream, records, refusal } = admitLastMessage(will, name, own, policy, bounds, since, clock.now());
		if (refusal !== null) counters.add(refusal.code);
		if (records.length === 0) return;
		const live = await streams.open({ application: name.application, device: name.id, stream });
		// A stream that came sealed carries nothing open for its device.
		if (isSequenced(live.nextNewest)) return counters.add('reading-unsealed');
		const refused = await readings().publish(live, records);
		for (const { refusal: later } of refused) counters.add(later.code);
	};
};

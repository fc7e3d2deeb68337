import type { Refusal } from '@keyward/core';
import { essentialStreams } from '@keyward/core/authorize';
import { type Policy, topicFor } from '@keyward/core/policy';
import type { CertificateStore, Clock, Principal, PrincipalKeyStore } from '@keyward/core/port';
import { setPace, setWatch, type Streams } from '../ingest/streams.ts';
import { setSigning } from '../ingest/signing.ts';
import type { SealedRows } from '../ingest/sealed-rows.ts';
import type { SessionRights } from '../thread/link-messages.ts';
import { existsSince } from './held-since.ts';

/** Whose session it is, and under which policy. */
export interface Holder {
	readonly principal: Principal;
	readonly policy: Policy;
}

interface RightsOptions {
	readonly store: Pick<CertificateStore, 'certificates'> & Pick<PrincipalKeyStore, 'registeredKeys'>;
	readonly streams: Streams;
	readonly sealedRows: SealedRows;
	readonly clock: Clock;
}

/** What a session may write: its device's own streams, or the essential ones where it is let in `despite` a measure. */
export const rightsOf = async (
	session: number,
	{ principal, policy }: Holder,
	despite: Refusal | null,
	{ store, streams, sealedRows, clock }: RightsOptions,
): Promise<SessionRights> => {
	const { application, kind, id } = principal;
	const deviceClass = kind === 'device' ? policy.devices.get(principal.class ?? '') : undefined;
	const names = despite === null ? (deviceClass?.streams ?? []) : essentialStreams(policy, deviceClass);
	const since = kind === 'device' ? await existsSince(store, principal) : 0;
	const written: SessionRights['streams'][number][] = [];
	for (const name of names) {
		if (!policy.streams.has(name)) continue;
		const stream = await streams.open({ application, device: id, stream: name });
		setPace(stream, policy, since, clock.now());
		setWatch(stream, policy);
		setSigning(stream.signing, policy, clock.now());
		written.push({ id: stream.id, name, newest: stream.nextNewest, sealed: await sealedRows(stream) });
	}
	const topics = (deviceClass?.publishes ?? []).map((map) => ({ ...map, topic: topicFor(map, id) }));
	const registered = written.length === 0 ? [] : await store.registeredKeys({ application, kind, id });
	const streamKeys = registered.flatMap(({ purpose, key }) => (purpose === 'stream' ? [key] : []));
	return {
		session,
		topics,
		principal: { application, kind, id },
		streams: written,
		streamKeys,
		withheld: despite,
		since,
	};
};

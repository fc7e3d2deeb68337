import { Problem } from '@keyward/core';
import type { Principal, PrincipalName, PrincipalSummary, Store } from '@keyward/core/port';
import type { DeviceLife } from '../lives/device.ts';
import type { Policies } from '../live/policies.ts';
import type { Sessions } from '../live/sessions.ts';
import type { Answers } from './answers.ts';
import { summarise } from './stream.ts';

type Names = 'device.expect' | 'device.list' | 'device.show' | 'reader.expect' | 'reader.list' | 'principal.revoke';

/** Devices and readers: expected, listed, shown, revoked. */
export const principalAnswers = (
	store: Store,
	life: DeviceLife,
	policies: Policies,
	sessions: Sessions,
): Answers<Names> => {
	const summary = async (principal: Principal): Promise<PrincipalSummary> => ({
		...principal,
		certificateUntil: (await store.certificates(principal)).reduce<number | null>(
			(until, { notAfter, revoked }) => (revoked === null ? Math.max(until ?? 0, notAfter) : until),
			null,
		),
		connected: sessions.of(principal) !== undefined,
	});
	const list = async (kind: PrincipalName['kind'], application?: string): Promise<PrincipalSummary[]> =>
		Promise.all((await store.principals(application)).filter((principal) => principal.kind === kind).map(summary));
	const mustKnow = async (name: PrincipalName): Promise<Principal> => {
		const principal = await store.principal(name);
		if (principal !== null) return principal;
		throw new Problem(
			name.kind === 'device' ? 'device-unknown' : 'reader-unknown',
			`there is no ${name.kind} ${JSON.stringify(name.id)} in ${JSON.stringify(name.application)}; see keyward ${name.kind} list`,
		);
	};

	return {
		'device.expect': ({ application, device, class: className }) => life.expectDevice(application, device, className),
		'device.list': ({ application }) => list('device', application),
		'device.show': async ({ application, device }) => {
			const principal = await mustKnow({ kind: 'device', application, id: device });
			const certificates = await store.certificates(principal);
			const streams = (await store.streams(application)).filter((stream) => stream.device === device);
			return {
				...(await summary(principal)),
				certificates: certificates.map(({ serial, fingerprint, notBefore, notAfter, revoked }) => ({
					serial,
					fingerprint: Buffer.from(fingerprint).toString('hex'),
					notBefore,
					notAfter,
					revoked,
				})),
				streams: streams.map((stream) => summarise(stream, policies.policyOf(application))),
			};
		},
		'reader.expect': ({ application, reader }) => life.expectReader(application, reader),
		'reader.list': ({ application }) => list('reader', application),
		'principal.revoke': async ({ kind, application, id, reason }) => {
			const name: PrincipalName = { kind, application, id };
			await mustKnow(name);
			const revoked = await life.revoke(name, reason);
			const cut = await sessions.rejudge(
				({ principal }) => principal.kind === kind && principal.application === application && principal.id === id,
			);
			return { revoked, cut };
		},
	};
};

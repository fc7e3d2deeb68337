import { Problem, type Refusal } from '@keyward/core';
import { findShortfalls } from '@keyward/core/enrol';
import { readCertificate } from '@keyward/core/format';
import { type AttestationTrust, evidenceUnder } from '@keyward/core/attest';
import type { KeyEvidence } from '@keyward/core/device';
import type { PrincipalSummary } from '@keyward/contract';
import type { CertificateStore, Principal, PrincipalName, PrincipalStore, ReadingStore } from '@keyward/core/port';
import type { DeviceLife } from '../enrolment/registrar.ts';
import type { Policies } from '../policy/policies.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Answers } from './answers.ts';
import { summarise } from './stream.ts';

type Names =
	| 'device.expect'
	| 'device.list'
	| 'device.show'
	| 'reader.expect'
	| 'reader.list'
	| 'principal.revoke'
	| 'device.quarantine'
	| 'device.release'
	| 'device.transfer';

/** What a session that is cut is told. */
const ended: Refusal = {
	code: 'certificate-revoked',
	requirement: 'live-revocation',
	reason: 'this certificate is revoked; commission the device again',
};
const quarantined: Refusal = {
	code: 'device-quarantined',
	requirement: 'live-revocation',
	reason: 'this device is quarantined: an operator must release or retire it',
};

/** Devices and readers: expected, listed, shown, kept out, moved, revoked. */
export const principalAnswers = (
	store: CertificateStore & PrincipalStore & ReadingStore,
	life: DeviceLife,
	policies: Policies,
	sessions: Sessions,
	trust: AttestationTrust,
): Answers<Names> => {
	const summary = async (principal: Principal): Promise<PrincipalSummary> => {
		const good = (await store.certificates(principal)).filter(({ revoked }) => revoked === null);
		const newest = good.at(-1);
		return {
			...principal,
			certificateUntil: good.length === 0 ? null : Math.max(...good.map(({ notAfter }) => notAfter)),
			evidence: newest === undefined ? null : shownEvidence(newest.evidence),
			connected: sessions.of(principal) !== undefined,
		};
	};
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
		'device.expect': ({ application, device, class: className, part }) =>
			life.expectDevice(application, device, className, part),
		'device.list': ({ application }) => list('device', application),
		'device.show': async ({ application, device }) => {
			const principal = await mustKnow({ kind: 'device', application, id: device });
			const certificates = await store.certificates(principal);
			const streams = (await store.streams(application)).filter((stream) => stream.device === device);
			const policy = policies.policyOf(application);
			const newest = certificates.findLast(({ revoked }) => revoked === null);
			const key = newest && {
				publicKey: readCertificate(newest.der).publicKey,
				evidence: evidenceUnder(newest.evidence, trust),
			};
			return {
				...(await summary(principal)),
				certificates: certificates.map(({ serial, fingerprint, evidence, notBefore, notAfter, revoked }) => ({
					serial,
					fingerprint: Buffer.from(fingerprint).toString('hex'),
					evidence: shownEvidence(evidence),
					notBefore,
					notAfter,
					revoked,
				})),
				findings: key === undefined || policy === null ? [] : findShortfalls(principal, key, policy),
				streams: streams.map((stream) => summarise(stream, policy)),
			};
		},
		'reader.expect': ({ application, reader }) => life.expectReader(application, reader),
		'reader.list': ({ application }) => list('reader', application),
		'principal.revoke': async ({ kind, application, id, reason, cause }) => {
			const name: PrincipalName = { kind, application, id };
			await mustKnow(name);
			const { recorded, cut } = await sessions.cutThen(name, ended, async () => {
				const revoked = await life.revoke(name, reason, cause);
				await sessions.revoked(name);
				return revoked;
			});
			return { revoked: recorded, cut };
		},
		'device.quarantine': async ({ application, device }) => {
			const name: PrincipalName = { kind: 'device', application, id: device };
			await mustKnow(name);
			const { cut } = await sessions.cutThen(name, quarantined, () => life.quarantine(name));
			return { cut };
		},
		'device.release': async ({ application, device }) => {
			const name: PrincipalName = { kind: 'device', application, id: device };
			await life.release(name);
			return { state: (await mustKnow(name)).state };
		},
		'device.transfer': async ({ application, device, to, as = device, class: className, reason }) => {
			const name: PrincipalName = { kind: 'device', application, id: device };
			const { part } = await mustKnow(name);
			if (to === application && as === device) {
				throw new Problem(
					'request-malformed',
					`${device} is in ${application} already: name another application or id.`,
				);
			}
			// Where it cannot be expected, nothing is taken from it here.
			const { commissioning, expires, ...expected } = await life.prepareDevice(to, as, className, part ?? undefined);
			const { recorded, cut } = await sessions.cutThen(name, ended, async () => {
				const revoked = await life.transfer(name, expected, reason);
				await sessions.revoked(name);
				return revoked;
			});
			return { commissioning, expires, revoked: recorded, cut };
		},
	};
};

/** Without the path, which is for judging. */
const shownEvidence = ({ custody, proof, part, maker, emulated }: KeyEvidence): KeyEvidence => ({
	custody,
	proof,
	part,
	maker,
	emulated,
});

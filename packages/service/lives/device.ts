import assert from 'node:assert/strict';
import type { PublishedKeys } from '@keyward/core/keycheck';
import { Problem, type Refusal } from '@keyward/core';
import {
	type Judgement,
	judgeEnrolment,
	judgeIntent,
	judgeRenewal,
	type PledgedKey,
	principalCertificate,
	tokenHash,
	UNASKED_LIFETIME,
} from '@keyward/core/enrol';
import {
	assembleCertificate,
	freezeCertificate,
	keyThumbprint,
	parseCsr,
	readCertificate,
	readToBeSigned,
} from '@keyward/core/format';
import { certificateLifetime } from '@keyward/core/policy';
import type { Intent, IssuedCertificate, Principal, PrincipalName } from '@keyward/core/port';
import { enrolmentFacts } from './enrolment-facts.ts';
import { createExpecting, type Expecting, type ExpectingOptions, requirePolicy } from './expecting.ts';
import { createTurns } from './turns.ts';

/** How devices and readers come in and stay in. One of these to a site: it is what keeps two enrolments from racing for one key. */
export interface DeviceLife extends Expecting {
	/** EST simpleenroll: gives the certificate and its issuing CA, DER. Asked again with the same key, it gives the same. */
	enrol(csr: Uint8Array, token: string): Promise<Uint8Array[]>;
	/** EST simplereenroll under the certificate of this SHA-256, lower-case hex, whose key the caller proved to hold. */
	renew(csr: Uint8Array, fingerprint: string): Promise<Uint8Array[]>;
	/**
	 * Revokes every certificate of a device or reader and retires it. Takes its turn with enrolments, so that none under way
	 * brings it back. Gives how many were revoked; what is live has to be judged again then.
	 */
	revoke(name: PrincipalName, reason: string): Promise<number>;
	/** At start: finishes or gives up what a crash left between intent and issue. */
	recover(): Promise<{ issued: number; abandoned: number }>;
}

export interface DeviceLifeOptions extends ExpectingOptions {
	/** Keys whose private half is public: nobody is admitted with one. */
	readonly published: PublishedKeys;
	/** Told after a certificate became durable and before it is answered; the findings are what mode `report` let through. */
	readonly onIssued?: (certificate: IssuedCertificate, findings: readonly Refusal[]) => void;
}

export const createDeviceLife = (options: DeviceLifeOptions): DeviceLife => {
	const { store, authority, clock, entropy, policyOf, published, onIssued } = options;
	const inTurn = createTurns();

	/** What the registry knows of the key; `custody` is `software` until evidence says more. */
	const pledgedKey = async (publicKey: Uint8Array, name: PrincipalName | null): Promise<PledgedKey> => {
		const key = keyThumbprint(publicKey);
		const certificates = name === null ? [] : await store.certificates(name);
		return {
			publicKey,
			custody: 'software',
			holders: await store.holders(key),
			certificates: certificates.filter((certificate) => Buffer.compare(certificate.key, key) === 0),
		};
	};

	/** Decided → frozen → intended: what must be signed now is durable and cannot change. */
	const intend = async (principal: Principal, key: PledgedKey, by: Intent['by']): Promise<Intent> => {
		const policy = requirePolicy(policyOf, principal.application);
		const issuing = await authority.issuing(principal.application);
		const deviceClass = principal.class === null ? null : (policy.devices.get(principal.class) ?? null);
		const now = clock.now();
		const lifetime = certificateLifetime(policy, deviceClass) ?? UNASKED_LIFETIME;
		const { kind, application, id } = principal;
		const name: PrincipalName = { kind, application, id };
		const content = principalCertificate(name, key.publicKey, issuing.certificate, { now, lifetime }, entropy);
		const intent: Intent = {
			serial: Buffer.from(content.serial).toString('hex'),
			principal: name,
			key: keyThumbprint(key.publicKey),
			custody: key.custody,
			toBeSigned: freezeCertificate(content, issuing.signer.publicKey),
			at: now,
			by,
		};
		await store.intend(intent);
		return intent;
	};

	/** Intended → signed → issued → facts. The same code at first and after a crash. */
	const finish = async (intent: Intent, findings: readonly Refusal[]): Promise<Uint8Array[]> => {
		const issuing = await authority.issuing(intent.principal.application);
		const signature = await issuing.signer.sign(intent.toBeSigned);
		const view = readCertificate(assembleCertificate(intent.toBeSigned, issuing.signer.publicKey, signature));
		const certificate: IssuedCertificate = {
			fingerprint: view.fingerprint,
			serial: intent.serial,
			principal: intent.principal,
			key: intent.key,
			notBefore: view.notBefore,
			notAfter: view.notAfter,
			der: view.der,
			revoked: null,
		};
		await store.issue(certificate);
		return answer(certificate, findings);
	};

	const answer = async (certificate: IssuedCertificate, findings: readonly Refusal[]): Promise<Uint8Array[]> => {
		const issuing = await authority.issuing(certificate.principal.application);
		await store.putFacts(enrolmentFacts(certificate, readCertificate(certificate.der).publicKey, clock.now()));
		onIssued?.(certificate, findings);
		return [certificate.der, issuing.certificate.der];
	};

	const judgeOpenIntent = async (intent: Intent): Promise<Judgement> => {
		const { publicKey, notAfter } = readToBeSigned(intent.toBeSigned);
		const now = clock.now();
		if (now >= notAfter) {
			const reason = 'The certificate would have expired already.';
			return { admit: false, refusals: [{ code: 'certificate-expired', requirement: 'certificate-lifetime', reason }] };
		}
		return judgeIntent({
			principal: await store.principal(intent.principal),
			key: { ...(await pledgedKey(publicKey, intent.principal)), custody: intent.custody },
			policy: policyOf(intent.principal.application),
			published,
			token: 'token' in intent.by ? await store.token(intent.by.token) : null,
			certificate: 'certificate' in intent.by ? await store.certificate(intent.by.certificate) : null,
			now,
		});
	};

	return {
		...createExpecting(options),

		enrol: async (csr, secret) => {
			const request = parseCsr(csr);
			const hash = tokenHash(secret);
			return inTurn(async () => {
				const token = await store.token(hash);
				const principal = token === null ? null : await store.principal(token.principal);
				const key = await pledgedKey(request.publicKey, token?.principal ?? null);
				const policy = principal === null ? null : policyOf(principal.application);
				const now = clock.now();
				const judgement = judgeEnrolment({ request, token, principal, key, policy, published, now });
				const { pledge, findings } = requireAdmitted(judgement, principal);
				// The answer may have been lost on its way: the same token and key get the same certificate, not another.
				const given = pledge.state === 'active' ? key.certificates.find(({ notAfter }) => now < notAfter) : undefined;
				if (given !== undefined) return answer(given, findings);
				return finish(await intend(pledge, key, { token: hash }), findings);
			});
		},

		renew: async (csr, fingerprint) => {
			const request = parseCsr(csr);
			const presented = new Uint8Array(Buffer.from(fingerprint, 'hex'));
			return inTurn(async () => {
				const certificate = await store.certificate(presented);
				const principal = certificate === null ? null : await store.principal(certificate.principal);
				const key = await pledgedKey(request.publicKey, certificate?.principal ?? null);
				const policy = principal === null ? null : policyOf(principal.application);
				const judgement = judgeRenewal({ request, certificate, principal, key, policy, published, now: clock.now() });
				const { pledge, findings } = requireAdmitted(judgement, principal);
				return finish(await intend(pledge, key, { certificate: presented }), findings);
			});
		},

		revoke: (name, reason) =>
			inTurn(async () => {
				const good = (await store.certificates(name)).filter(({ revoked }) => revoked === null);
				await store.setState(name, 'retired', clock.now());
				for (const { fingerprint } of good) await store.revoke(fingerprint, clock.now(), reason);
				return good.length;
			}),

		recover: () =>
			inTurn(async () => {
				const done = { issued: 0, abandoned: 0 };
				for (const intent of await store.openIntents()) {
					const judgement = await judgeOpenIntent(intent);
					if (judgement.admit) {
						await finish(intent, judgement.findings);
						done.issued++;
					} else {
						await store.abandon(intent.serial);
						done.abandoned++;
					}
				}
				return done;
			}),
	};
};

/** Throws `Problem` with the first refusal's code and every reason. */
const requireAdmitted = (judgement: Judgement, principal: Principal | null) => {
	if (!judgement.admit) {
		const [{ code }] = judgement.refusals;
		const reasons = judgement.refusals.map(({ reason, requirement }) => `${reason} (${requirement})`);
		throw new Problem(code, reasons.join(' '));
	}
	assert(principal !== null, 'the registrar admits nobody whom it does not know');
	return { pledge: principal, findings: judgement.findings };
};

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { type AttestationTrust, evidenceUnder } from '@keyward/core/attest';
import { type KeyEvidence, mayUseCertificate } from '@keyward/core/device';
import type { PublishedKeys } from '@keyward/core/keycheck';
import { Problem, type Refusal } from '@keyward/core';
import {
	type Judgement,
	judgeEnrolment,
	judgeIntent,
	judgeRenewal,
	judgeToken,
	type PledgedKey,
	principalCertificate,
	type StatusAddresses,
	tokenHash,
	UNASKED_LIFETIME,
} from '@keyward/core/enrol';
import {
	assembleCertificate,
	type CertificationRequest,
	type CertificateView,
	freezeCertificate,
	isIssuedBy,
	keyThumbprint,
	readCertificate,
	readToBeSigned,
} from '@keyward/core/format';
import { certificateLifetime } from '@keyward/core/policy';
import type { Intent, IssuedCertificate, Principal, PrincipalName, RevokedCertificate } from '@keyward/core/port';
import { isKeyAway } from '../authority/certified-key.ts';
import { type Attesting, createAttesting } from './attesting.ts';
import { enrolmentFacts } from './enrolment-facts.ts';
import { createExpecting, type Expecting, type ExpectingOptions, requirePolicy } from './expecting.ts';
import { findPledgedKey } from './pledged-key.ts';
import { createStanding, type Standing } from './standing.ts';
import { createTurns } from './turns.ts';

/** How devices and readers come in and stay in. One of these to a site: it is what keeps two enrolments from racing for one key. */
export interface DeviceLife extends Expecting, Attesting, Standing {
	/**
	 * EST simpleenroll: gives the certificate and its issuing CA, DER. Asked again with the same key, it gives the same. `label`
	 * is the application that the caller believes to join, when it says one; `binding` names the connection, for what was
	 * appraised on it.
	 */
	enrol(
		request: CertificationRequest,
		token: string,
		label?: string | null,
		binding?: string | null,
	): Promise<Uint8Array[]>;
	/** EST simplereenroll under the certificate of this SHA-256, lower-case hex, whose key the caller proved to hold. */
	renew(
		request: CertificationRequest,
		fingerprint: string,
		label?: string | null,
		binding?: string | null,
	): Promise<Uint8Array[]>;
	/** Throws `Problem('token-unknown')`. Asked before a stranger's request is parsed and its signature verified. */
	requireToken(token: string): Promise<void>;
	/**
	 * Finishes or gives up what a crash, or a CA's key that was away, left between intent and issue. What needs a key that is
	 * still away stays for the next call.
	 */
	recover(): Promise<{ issued: number; abandoned: number }>;
}

export interface DeviceLifeOptions extends ExpectingOptions {
	/** Keys whose private half is public: nobody is admitted with one. */
	readonly published: PublishedKeys;
	/** Whom the site believes about parts; nobody by default. */
	readonly trust?: AttestationTrust;
	/** Told after a certificate became durable and before it is answered; the findings are what mode `report` let through. */
	readonly onIssued?: (certificate: IssuedCertificate, findings: readonly Refusal[]) => void;
	/** Told after a revocation became durable. */
	readonly onRevoked?: (certificate: RevokedCertificate) => void;
	/** Where certificates by this CA say that their status is told; undefined when it is not. */
	readonly statusAt?: (issuer: CertificateView) => StatusAddresses | undefined;
}

export const createDeviceLife = (options: DeviceLifeOptions): DeviceLife => {
	const { store, authority, clock, entropy, policyOf, published, onIssued, onRevoked, statusAt } = options;
	const { trust = { makers: [], revoked: new Set(), deniedFirmware: [] } } = options;
	const { take, ...attesting } = createAttesting({ store, clock, entropy, trust });
	const inTurn = createTurns();
	/** False while it is known that no intent is open, so that nobody has to look. */
	let mayBeOpen = true;

	const pledgedKey = (publicKey: Uint8Array, name: PrincipalName | null, appraised: KeyEvidence | null) =>
		findPledgedKey(store, trust, publicKey, name, appraised);

	/** Decided → frozen → intended: what must be signed now is durable and cannot change. */
	const intend = async (principal: Principal, key: PledgedKey, by: Intent['by']): Promise<Intent> => {
		const policy = requirePolicy(policyOf, principal.application);
		const issuing = await authority.issuing(principal.application);
		const deviceClass = principal.class === null ? null : (policy.devices.get(principal.class) ?? null);
		const now = clock.now();
		const lifetime = certificateLifetime(policy, deviceClass) ?? UNASKED_LIFETIME;
		const { kind, application, id } = principal;
		const name: PrincipalName = { kind, application, id };
		const status = statusAt?.(issuing.certificate);
		const terms = { now, lifetime, ...(status !== undefined && { status }) };
		const content = principalCertificate(name, key.publicKey, issuing.certificate, terms, entropy);
		const intent: Intent = {
			serial: Buffer.from(content.serial).toString('hex'),
			principal: name,
			key: keyThumbprint(key.publicKey),
			evidence: key.evidence,
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
		const signature = await issuing.signer.sign(intent.toBeSigned).catch((error: unknown) => {
			mayBeOpen = true;
			throw error;
		});
		const view = readCertificate(assembleCertificate(intent.toBeSigned, issuing.signer.publicKey, signature));
		const certificate: IssuedCertificate = {
			fingerprint: view.fingerprint,
			serial: intent.serial,
			principal: intent.principal,
			key: intent.key,
			evidence: evidenceUnder(intent.evidence, trust),
			notBefore: view.notBefore,
			notAfter: view.notAfter,
			der: view.der,
			revoked: null,
		};
		await store.issue(certificate);
		return answer(certificate, findings);
	};

	const answer = async (certificate: IssuedCertificate, findings: readonly Refusal[]): Promise<Uint8Array[]> => {
		const issuers = await authority.issuers(certificate.principal.application);
		const issuer = issuers.find(({ certificate: { der } }) => isIssuedBy(certificate.der, der));
		const principal = await store.principal(certificate.principal);
		const { publicKey } = readCertificate(certificate.der);
		await store.putFacts(enrolmentFacts(certificate, principal, publicKey, clock.now()));
		onIssued?.(certificate, findings);
		return issuer === undefined ? [certificate.der] : [certificate.der, issuer.certificate.der];
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
			key: await pledgedKey(publicKey, intent.principal, intent.evidence),
			policy: policyOf(intent.principal.application),
			published,
			token: 'token' in intent.by ? await store.token(intent.by.token) : null,
			certificate: 'certificate' in intent.by ? await store.certificate(intent.by.certificate) : null,
			now,
		});
	};

	/** A CA that was rolled over signs nothing more: what was frozen for it is given up, and asked for anew. */
	const isByActive = async ({ principal, toBeSigned }: Intent): Promise<boolean> => {
		const { certificate } = await authority.issuing(principal.application);
		return Buffer.compare(readToBeSigned(toBeSigned).issuerName, certificate.subjectName) === 0;
	};

	/** Finishes what a failed signature left open for this very key, or gives it up and begins anew. */
	const resume = async (principal: Principal, key: PledgedKey, by: Intent['by'], findings: readonly Refusal[]) => {
		const thumbprint = keyThumbprint(key.publicKey);
		for (const intent of mayBeOpen ? await store.openIntents() : []) {
			const { kind, application, id } = intent.principal;
			if (kind !== principal.kind || application !== principal.application || id !== principal.id) continue;
			if (Buffer.compare(intent.key, thumbprint) !== 0) continue;
			// Evidence of now goes before that of then.
			const stands = isDeepStrictEqual(intent.evidence, key.evidence) && (await isByActive(intent));
			const judgement = stands ? await judgeOpenIntent(intent) : null;
			if (judgement?.admit === true) return finish(intent, judgement.findings);
			await store.abandon(intent.serial);
		}
		return finish(await intend(principal, key, by), findings);
	};

	return {
		...createExpecting(options),
		...attesting,
		...createStanding({ store, clock, inTurn, onRevoked }),

		// CR 7.1: a made-up token costs one look-up and no signature.
		requireToken: async (secret) => {
			const refusal =
				(await store.token(tokenHash(secret))) === null ? judgeToken(null, null, null, clock.now()) : null;
			if (refusal !== null) throw new Problem(refusal.code, `${refusal.reason} (${refusal.requirement})`);
		},

		enrol: async (request, secret, label = null, binding = null) => {
			const hash = tokenHash(secret);
			return inTurn(async () => {
				const token = await store.token(hash);
				const principal = token === null ? null : await store.principal(token.principal);
				const appraised = token === null ? null : take(binding, request, token.principal);
				const key = await pledgedKey(request.publicKey, token?.principal ?? null, appraised);
				const policy = principal === null ? null : policyOf(principal.application);
				const now = clock.now();
				const judgement = judgeEnrolment({ request, label, token, principal, key, policy, published, now });
				const { pledge, findings } = requireAdmitted(judgement, principal);
				// The answer may have been lost on its way: the same token and key get the same certificate, not another.
				const given = mayUseCertificate(pledge.state)
					? key.certificates.find(({ notAfter }) => now < notAfter)
					: undefined;
				if (given !== undefined) return answer(given, findings);
				return resume(pledge, key, { token: hash }, findings);
			});
		},

		renew: async (request, fingerprint, label = null, binding = null) => {
			const presented = new Uint8Array(Buffer.from(fingerprint, 'hex'));
			return inTurn(async () => {
				const certificate = await store.certificate(presented);
				const principal = certificate === null ? null : await store.principal(certificate.principal);
				const appraised = certificate === null ? null : take(binding, request, certificate.principal);
				const key = await pledgedKey(request.publicKey, certificate?.principal ?? null, appraised);
				const policy = principal === null ? null : policyOf(principal.application);
				const now = clock.now();
				const judgement = judgeRenewal({ request, label, certificate, principal, key, policy, published, now });
				const { pledge, findings } = requireAdmitted(judgement, principal);
				return resume(pledge, key, { certificate: presented }, findings);
			});
		},

		recover: () =>
			inTurn(async () => {
				const done = { issued: 0, abandoned: 0 };
				for (const intent of await store.openIntents()) {
					const judgement = (await isByActive(intent)) ? await judgeOpenIntent(intent) : null;
					if (judgement?.admit !== true) {
						await store.abandon(intent.serial);
						done.abandoned++;
						continue;
					}
					try {
						await finish(intent, judgement.findings);
						done.issued++;
					} catch (error) {
						// The key is away with its token: the intent stays open for the next try.
						if (!isKeyAway(error)) throw error;
					}
				}
				mayBeOpen = (await store.openIntents()).length > 0;
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

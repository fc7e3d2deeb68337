import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { AttestationTrust } from '@keyward/core/attest';
import { type KeyEvidence, mayUseCertificate, isSamePrincipal } from '@keyward/core/device';
import type { PublishedKeys } from '@keyward/core/keycheck';
import { Problem, type Refusal } from '@keyward/core';
import {
	type Judgement,
	judgeEnrolment,
	judgeIntent,
	judgeRenewal,
	judgeToken,
	type RequestedKey,
	type StatusAddresses,
	tokenHash,
} from '@keyward/core/enrol';
import { type CertificationRequest, type CertificateView, keyThumbprint, readToBeSigned } from '@keyward/core/format';
import { certificateEnd, type Link } from '@keyward/core/authorize';
import type {
	AdmissionStore,
	CertificateStore,
	FactStore,
	Intent,
	IssuedCertificate,
	PartStore,
	Principal,
	PrincipalName,
	PrincipalStore,
	RevokedCertificate,
	UpdateStore,
} from '@keyward/core/port';
import { isKeyAway } from '../authority/certified-key.ts';
import { type Adoption, createAdoption } from './adoption.ts';
import { type Attestation, createAttestation } from './attestation.ts';
import { type Clearing, createClearing } from './clearing.ts';
import { type BootAppraisal, type BootAppraisalOptions, createBootAppraisal } from './boot.ts';
import { createFloorAppraisal, type FloorAppraisal } from './floor.ts';
import { createRegistration, type Registration, type RegistrationOptions } from './registration.ts';
import { createIssuance } from './issue.ts';
import { findRequestedKey } from './requested-key.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createMutex } from '../thread/mutex.ts';

/** What a request says and shows beside itself. */
export interface EstConnection {
	/** The application that the caller believes to join or to be in, when it says one (RFC 7030 §3.2.2). */
	readonly label: string | null;
	/** Names the TLS connection, for what was appraised on it: base64 of its exporter (RFC 9266). */
	readonly binding: string | null;
	/** Null without TLS. */
	readonly link: Link | null;
}

/** How devices and readers come in and stay in. One of these to a site: it is what keeps two enrolments from racing for one key. */
export interface Registrar
	extends Registration, Adoption, Attestation, BootAppraisal, FloorAppraisal, Clearing, Lifecycle {
	/**
	 * EST simpleenroll: gives the certificate and its issuing CA, DER. Asked again with the same key, it gives the same.
	 */
	enrol(request: CertificationRequest, token: string, on: EstConnection): Promise<Uint8Array[]>;
	/** EST simplereenroll under the certificate of this SHA-256, lower-case hex, whose key the caller proved to hold. */
	renew(request: CertificationRequest, fingerprint: string, on: EstConnection): Promise<Uint8Array[]>;
	/** Throws `Problem('token-unknown')`. Asked before a stranger's request is parsed and its signature verified. */
	requireToken(token: string): Promise<void>;
	/**
	 * Finishes or gives up what a crash, or a CA's key that was away, left between intent and issue. What needs a key that is
	 * still away stays for the next call.
	 */
	recover(): Promise<{ issued: number; abandoned: number }>;
}

export interface RegistrarOptions extends RegistrationOptions {
	readonly store: PrincipalStore & AdmissionStore & CertificateStore & FactStore & PartStore & UpdateStore;
	/** Keys whose private half is public: nobody is admitted with one. */
	readonly published: PublishedKeys;
	/** Whom the site believes about parts; nobody by default. */
	readonly trust?: AttestationTrust;
	/** Told after a certificate became durable and before it is answered; the findings are what mode `audit` let through. */
	readonly onIssued?: (certificate: IssuedCertificate, findings: readonly Refusal[]) => void;
	/** Told after a revocation became durable. */
	readonly onRevoked?: (certificate: RevokedCertificate) => void;
	/** Keeps a device out that started what nobody has released; by itself it is quarantined, and what is live goes on. */
	readonly quarantine?: BootAppraisalOptions['quarantine'];
	/** Where certificates by this CA say that their status is told; undefined when it is not. */
	readonly statusAt?: (issuer: CertificateView) => StatusAddresses | undefined;
}

export const createRegistrar = (options: RegistrarOptions): Registrar => {
	const { store, authority, clock, entropy, policyOf, published, onIssued, onRevoked, statusAt } = options;
	const { trust = { manufacturers: [], revoked: new Set(), deniedFirmware: [] } } = options;
	const issuerCounts = (certificate: IssuedCertificate | null): boolean =>
		certificate !== null && authority.counts(certificate.principal.application, certificate.der);
	const { take, takeChallenge, ...attesting } = createAttestation({
		store,
		clock,
		entropy,
		trust,
		policyOf,
		issuerCounts,
	});
	const inTurn = createMutex();
	/** False while it is known that no intent is open, so that nobody has to look. */
	let mayBeOpen = true;

	const lifecycle = createLifecycle({ store, clock, inTurn, onRevoked });
	const { intend, finish, answerAgain, presentFor } = createIssuance({
		...{ store, authority, clock, entropy, policyOf, trust },
		...(onIssued !== undefined && { onIssued }),
		...(statusAt !== undefined && { statusAt }),
		onNotSigned: () => {
			mayBeOpen = true;
		},
	});

	const requestedKey = (publicKey: Uint8Array, name: PrincipalName | null, appraised: KeyEvidence | null) =>
		findRequestedKey(store, trust, publicKey, name, appraised);

	const judgeOpenIntent = async (intent: Intent): Promise<Judgement> => {
		const { publicKey, notBefore, notAfter } = readToBeSigned(intent.toBeSigned);
		const now = clock.now();
		const policy = policyOf(intent.principal.application);
		const principal = await store.principal(intent.principal);
		const certificate = 'certificate' in intent.by ? await store.certificate(intent.by.certificate) : null;
		// CR 1.9: what was frozen under a laxer policy is given up; asked for again, it is made for the lifetime of now.
		if (
			policy !== null &&
			principal !== null &&
			certificateEnd({ notBefore, notAfter }, policy, principal) < notAfter
		) {
			const reason = 'The policy now allows a shorter life.';
			return { admit: false, refusals: [{ code: 'certificate-expired', requirement: 'certificate-lifetime', reason }] };
		}
		if (now >= notAfter) {
			const reason = 'The certificate would have expired already.';
			return { admit: false, refusals: [{ code: 'certificate-expired', requirement: 'certificate-lifetime', reason }] };
		}
		return judgeIntent({
			principal,
			key: await requestedKey(publicKey, intent.principal, intent.evidence),
			policy,
			published,
			token: 'token' in intent.by ? await store.token(intent.by.token) : null,
			certificate,
			issuerCounts: issuerCounts(certificate),
			now,
		});
	};

	/** A CA that was rolled over signs nothing more: what was frozen for it is given up, and asked for anew. */
	const isByActive = async ({ principal, toBeSigned }: Intent): Promise<boolean> => {
		const { certificate } = await authority.issuing(principal.application);
		return Buffer.compare(readToBeSigned(toBeSigned).issuerName, certificate.subjectName) === 0;
	};

	const openIntentsFor = async (principal: PrincipalName, key: Uint8Array): Promise<Intent[]> =>
		(mayBeOpen ? await store.openIntents() : []).filter(
			(intent) => isSamePrincipal(intent.principal, principal) && Buffer.compare(intent.key, key) === 0,
		);

	/** Finishes what a failed signature left open for this very key, or gives it up and begins anew. */
	const resume = async (principal: Principal, key: RequestedKey, by: Intent['by'], findings: readonly Refusal[]) => {
		const thumbprint = keyThumbprint(key.publicKey);
		for (const intent of await openIntentsFor(principal, thumbprint)) {
			// Evidence of now goes before that of then.
			const stands = isDeepStrictEqual(intent.evidence, key.evidence) && (await isByActive(intent));
			const judgement = stands ? await judgeOpenIntent(intent) : null;
			if (judgement?.admit === true) return finish(intent, judgement.findings);
			await store.abandon(intent.serial);
		}
		return finish(await intend(principal, key, by), findings);
	};

	const { quarantine = (device: PrincipalName) => lifecycle.quarantine(device) } = options;
	const challenges = { takeChallenge };

	return {
		...createRegistration(options),
		...createBootAppraisal({ challenges, store, clock, trust, policyOf, quarantine }),
		...createFloorAppraisal({ challenges, store, clock, trust }),
		...createAdoption({ store, authority, clock, entropy, trust, published, policyOf, inTurn }),
		...createClearing({ challenges, store, clock, entropy, trust }),
		...attesting,
		...lifecycle,

		// CR 7.1: a made-up token costs one look-up and no signature.
		requireToken: async (secret) => {
			const token = await store.token(tokenHash(secret));
			const principal = token === null ? null : await store.principal(token.principal);
			const refusal = judgeToken(token, principal, null, clock.now());
			if (refusal !== null) throw new Problem(refusal.code, `${refusal.reason} (${refusal.requirement})`);
		},

		enrol: async (request, secret, { label, binding, link }) => {
			const hash = tokenHash(secret);
			return inTurn(async () => {
				const token = await store.token(hash);
				const principal = token === null ? null : await store.principal(token.principal);
				const thumbprint = keyThumbprint(request.publicKey);
				// A key that was appraised and not certified yet needs no second challenge, which a spent token would not get.
				const [begun] = token === null ? [] : await openIntentsFor(token.principal, thumbprint);
				const appraised = token === null ? null : (take(binding, request, token.principal) ?? begun?.evidence ?? null);
				const key = await requestedKey(request.publicKey, token?.principal ?? null, appraised);
				const policy = principal === null ? null : policyOf(principal.application);
				const now = clock.now();
				const judgement = judgeEnrolment({ request, label, link, token, principal, key, policy, published, now });
				const { admitted, findings } = requireAdmitted(judgement, principal);
				// The answer may have been lost on its way: the same token and key get the same certificate, not another.
				if (!mayUseCertificate(admitted.state)) {
					// An operator expects it: its TPM may have been cleared since, and its counter with it. A renewal forgets nothing.
					const { part, proof } = key.evidence;
					if (part !== null && proof === 'attested') await store.forgetCountedFloor(part);
					return resume(admitted, key, { token: hash }, findings);
				}
				const given = key.certificates.find(
					(one) => now < (policy === null ? one.notAfter : certificateEnd(one, policy, admitted)),
				);
				if (given !== undefined) return answerAgain(given);
				// expected-device: a token that was spent gives what it has given, and nothing new.
				throw new Problem(
					'token-spent',
					'This one-time token was spent, and the certificate that it gave is over: retire the device, and expect it again.',
				);
			});
		},

		renew: async (request, fingerprint, { label, binding, link }) => {
			const presented = new Uint8Array(Buffer.from(fingerprint, 'hex'));
			return inTurn(async () => {
				const certificate = await store.certificate(presented);
				const principal = certificate === null ? null : await store.principal(certificate.principal);
				const appraised = certificate === null ? null : take(binding, request, certificate.principal);
				const key = await requestedKey(request.publicKey, certificate?.principal ?? null, appraised);
				const policy = principal === null ? null : policyOf(principal.application);
				const now = clock.now();
				const held = certificate === null ? [] : await store.certificates(certificate.principal);
				const judgement = judgeRenewal({
					...{ request, label, link, certificate, principal, key, policy, published, now, held },
					issuerCounts: issuerCounts(certificate),
				});
				const { admitted, findings } = requireAdmitted(judgement, principal);
				const present = policy === null ? null : await presentFor(key, policy, admitted);
				if (present !== null) return answerAgain(present);
				return resume(admitted, key, { certificate: presented }, findings);
			});
		},

		recover: () =>
			inTurn(async () => {
				await lifecycle.finishEnds();
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
	return { admitted: principal, findings: judgement.findings };
};

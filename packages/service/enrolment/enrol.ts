import assert from 'node:assert/strict';
import { Problem, type Refusal } from '@keyward/core';
import { certificateEnd, type Link } from '@keyward/core/authorize';
import { mayUseCertificate } from '@keyward/core/device';
import { type Judgement, judgeEnrolment, judgeRenewal, judgeToken, tokenHash } from '@keyward/core/enrol';
import { type CertificationRequest, keyThumbprint } from '@keyward/core/format';
import type { PublishedKeys } from '@keyward/core/keycheck';
import type { Policy } from '@keyward/core/policy';
import type {
	AdmissionStore,
	CertificateStore,
	Clock,
	IssuedCertificate,
	Principal,
	PrincipalName,
	PrincipalStore,
	SigningAlgorithm,
	UpdateStore,
} from '@keyward/core/port';
import type { createMutex } from '../thread/mutex.ts';
import type { Appraisals } from './attestation.ts';
import type { Issuance } from './issue.ts';
import type { OpenIntents } from './open-intents.ts';
import type { FindKey } from './requested-key.ts';
import type { OnRefused } from './enrolment-refusal.ts';

/** What a request says and shows beside itself. */
export interface EstConnection {
	/** The application that the caller believes to join or to be in, when it says one (RFC 7030 §3.2.2). */
	readonly label: string | null;
	/** Names the TLS connection, for what was appraised on it: base64 of its exporter (RFC 9266). */
	readonly binding: string | null;
	/** Null without TLS. */
	readonly link: Link | null;
}

/**
 * The way of one enrolment, on one screen, renewals too. The listener has asked for the token and parsed the request, whose signature
 * proves that the caller holds the key (`est.ts`). From there, one enrolment at a time, in this order:
 *
 * 1. **look up**: token or certificate, and whose it is.
 * 2. **appraise**: what was found of the key on this very connection, held for a minute and taken once (`attestation.ts`).
 * 3. **decide**: pure, from all of that, the policy in force and the time (`core/enrol`). Refused by name, or admitted.
 * 4. **answer again**: the same token and key get the certificate that they have got, and no second one.
 * 5. **freeze and intend**: the bytes to be signed, and the token as spent for this key, in one commit: what is signed from
 *    here on cannot change, and a crash loses none of it (`issue.ts`).
 * 6. **sign**: the CA's key, which may be away: then the intent stays open, and the next call goes on with it (`open-intents.ts`).
 * 7. **issue**: certificate recorded, intent closed, holder active, in one commit. Ended meanwhile, it is not issued.
 * 8. **answer**: only now. An answered certificate is in the registry.
 */
export interface Enrolment {
	/** EST simpleenroll: gives the certificate and its issuing CA, DER. Asked again with the same key, it gives the same. */
	enrol(request: CertificationRequest, token: string, on: EstConnection): Promise<Uint8Array[]>;
	/** EST simplereenroll under the certificate of this SHA-256, lower-case hex, whose key the caller proved to hold. */
	renew(request: CertificationRequest, fingerprint: string, on: EstConnection): Promise<Uint8Array[]>;
	/** Throws `Problem('token-unknown')`. Asked before a stranger's request is parsed and its signature verified. */
	requireToken(token: string): Promise<void>;
}

export interface EnrolmentOptions {
	readonly store: Pick<AdmissionStore, 'token'> &
		Pick<PrincipalStore, 'principal'> &
		Pick<CertificateStore, 'certificate' | 'certificates'> &
		Pick<UpdateStore, 'forgetCountedFloor'>;
	readonly clock: Clock;
	/** The one kind of key that an exercise leaves this device; null: any. */
	readonly kindOf: (device: PrincipalName) => Promise<SigningAlgorithm | null>;
	readonly published: PublishedKeys;
	readonly policyOf: (application: string) => Policy | null;
	readonly issuerCounts: (certificate: IssuedCertificate | null) => boolean;
	readonly requestedKey: FindKey;
	/** Told of a device that was expected and comes in now, before anything is issued to it: nothing that is known of its name is of it. */
	readonly onJoining?: (device: PrincipalName) => Promise<void>;
	/** What was appraised of the key on the connection; given once. */
	readonly take: Appraisals['take'];
	readonly intents: Pick<OpenIntents, 'of' | 'resume'>;
	readonly issuance: Pick<Issuance, 'answerAgain' | 'presentFor'>;
	readonly inTurn: ReturnType<typeof createMutex>;
	readonly onRefused: OnRefused;
}

export const createEnrolment = (options: EnrolmentOptions): Enrolment => {
	const {
		store,
		clock,
		published,
		policyOf,
		kindOf,
		issuerCounts,
		requestedKey,
		take,
		intents,
		issuance,
		inTurn,
		onJoining,
		onRefused,
	} = options;
	const { answerAgain, presentFor } = issuance;
	const { resume } = intents;
	/** Gives the judgement's refusals to the caller, and tells of them. */
	const requireAdmitted = (judgement: Judgement, holder: PrincipalName | null, principal: Principal | null) => {
		if (!judgement.admit) {
			onRefused(holder, judgement.refusals);
			throw asProblem(judgement.refusals);
		}
		assert(principal !== null, 'the registrar admits nobody whom it does not know');
		return { admitted: principal, findings: judgement.findings };
	};
	return {
		// CR 7.1: a made-up token costs one look-up and no signature.
		requireToken: async (secret) => {
			const token = await store.token(tokenHash(secret));
			const principal = token === null ? null : await store.principal(token.principal);
			const refusal = judgeToken(token, principal, null, clock.now());
			if (refusal === null) return;
			onRefused(token?.principal ?? null, [refusal]);
			throw asProblem([refusal]);
		},

		enrol: async (request, secret, { label, binding, link }) => {
			const hash = tokenHash(secret);
			return inTurn(async () => {
				const token = await store.token(hash);
				const principal = token === null ? null : await store.principal(token.principal);
				const thumbprint = keyThumbprint(request.publicKey);
				// A key that was appraised and not certified yet needs no second challenge, which a spent token would not get.
				const [begun] = token === null ? [] : await intents.of(token.principal, thumbprint);
				const appraised = token === null ? null : (take(binding, request, token.principal) ?? begun?.evidence ?? null);
				const key = await requestedKey(request.publicKey, token?.principal ?? null, appraised);
				const policy = principal === null ? null : policyOf(principal.application);
				const now = clock.now();
				const judgement = judgeEnrolment({ request, label, link, token, principal, key, policy, published, now });
				const { admitted, findings } = requireAdmitted(judgement, token?.principal ?? null, principal);
				// The answer may have been lost on its way: the same token and key get the same certificate, not another.
				if (!mayUseCertificate(admitted.state)) {
					// An operator expects it: its TPM may have been cleared since, and its counter with it. A renewal forgets nothing.
					const { part, proof } = key.evidence;
					if (part !== null && proof === 'attested') await store.forgetCountedFloor(part);
					if (admitted.kind === 'device') await onJoining?.(admitted);
					return resume(admitted, key, { token: hash }, findings);
				}
				const given = key.certificates.find(
					(one) => now < (policy === null ? one.notAfter : certificateEnd(one, policy, admitted)),
				);
				if (given !== undefined) return answerAgain(given);
				// expected-device: a token that was spent gives what it has given, and nothing new.
				const reason =
					'This one-time token was spent, and the certificate that it gave is over: retire the device, and expect it again.';
				const spent: Refusal = { code: 'token-spent', requirement: 'expected-device', reason };
				onRefused(admitted, [spent]);
				throw asProblem([spent]);
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
				const kind = principal === null ? null : await kindOf(principal);
				const judgement = judgeRenewal({
					...{ request, label, link, certificate, principal, key, policy, published, now, held, kind },
					issuerCounts: issuerCounts(certificate),
				});
				const { admitted, findings } = requireAdmitted(judgement, certificate?.principal ?? null, principal);
				const present = policy === null ? null : await presentFor(key, policy, admitted);
				if (present !== null) return answerAgain(present);
				return resume(admitted, key, { certificate: presented }, findings);
			});
		},
	};
};

/** The first refusal's code, and every reason. */
const asProblem = (refusals: readonly [Refusal, ...Refusal[]]): Problem =>
	new Problem(refusals[0].code, refusals.map(({ reason, requirement }) => `${reason} (${requirement})`).join(' '));

import { type Instant, Problem, type Refusal } from '@keyward/core';
import { qualifiedName } from '@keyward/core/device';
import {
	type AttestationTrust,
	CHALLENGE_LIFETIME,
	judgeDeviceIdentity,
	type NamedOctets,
	NONCE_BYTES,
	qualifyingData,
	statementFormats,
} from '@keyward/core/attest';
import type { KeyEvidence } from '@keyward/core/device';
import { judgeHolder, judgeToken, judgeUnspent, tokenHash } from '@keyward/core/enrol';
import { type CertificationRequest, keyThumbprint } from '@keyward/core/format';
import type { Policy } from '@keyward/core/policy';
import type {
	Clock,
	Entropy,
	FactStore,
	IssuedCertificate,
	Principal,
	PrincipalName,
	AdmissionStore,
	CertificateStore,
	PartStore,
	PrincipalStore,
} from '@keyward/core/port';
import { type ClearingClaim, judgeClaim } from './clearing-claim.ts';
import { createOpenChallenges, type Step } from './open-challenges.ts';
import type { OnRefused } from './enrolment-refusal.ts';

/** What a part shows of itself to be challenged. */
export interface ChallengeRequest {
	/** One of `statementFormats`. */
	readonly format: string;
	/** DER, the part's own first, each issued by the next. */
	readonly endorsementCertificates: readonly Uint8Array[];
	/** What the format `shows`. */
	readonly shown: NamedOctets;
}

export interface Challenge {
	/** What the part needs to answer, as the format says. */
	readonly posed: NamedOctets;
	readonly expires: Instant;
}

/** A part's answer: what the format `states`. */
export interface Statement {
	readonly format: string;
	readonly stated: NamedOctets;
}

/**
 * How the caller proves who it is: its one-time token, the SHA-256 (lower-case hex) of the certificate whose key it holds, or what it was
 * given before its TPM was cleared.
 */
export type ClientProof =
	| { readonly token: string }
	| { readonly certificate: string }
	| { readonly clearing: ClearingClaim };

/**
 * How a device shows where its key lives, before it asks for a certificate (docs/attestation.md). `binding` names the TLS
 * connection: base64 of its exporter (RFC 9266).
 */
export interface Attestation {
	/**
	 * Judges the part and makes a challenge that only it can answer, in place of an earlier one of this device. Throws `Problem`
	 * with the code of the refusal, `certificate-malformed`, `challenge-limit`, and what its format throws.
	 */
	challenge(request: ChallengeRequest, by: ClientProof, binding: string, label: string | null): Promise<Challenge>;
	/**
	 * Judges a part that shows the certificate of the very key that is to be certified (IDevID), and holds the result as
	 * `appraise` does. Throws `Problem` with the code of the refusal, `certificate-malformed`.
	 */
	endorse(certificates: readonly Uint8Array[], by: ClientProof, binding: string, label: string | null): Promise<void>;
	/**
	 * Judges the answer, which spends the challenge whatever comes of it, and holds the result for a request for that key on
	 * that connection. Throws `Problem` with the code of the refusal, and what its format throws.
	 */
	appraise(statement: Statement, binding: string): void;
}

/** A challenge that was answered, and is spent by that. */
export type AnsweredChallenge = Extract<Step, { kind: 'challenged' }>;

export interface Appraisals extends Attestation {
	/** Takes the challenge that is open on this connection. Throws `Problem('evidence-stale')` when none is, or not of that format. */
	takeChallenge(binding: string, format: string): AnsweredChallenge;
	/**
	 * What was appraised on this connection, once; null when nothing was. Throws `Problem('key-not-attested')` when it was
	 * another key, and `Problem('evidence-stale')` when it was for another device or too long ago, or when a certificate was shown and
	 * the request is not bound to the connection.
	 */
	take(binding: string | null, request: PledgedRequest, holder: PrincipalName): KeyEvidence | null;
}

type PledgedRequest = Pick<CertificationRequest, 'publicKey' | 'challengePassword'>;

export interface AttestationOptions {
	readonly store: Pick<AdmissionStore, 'token'> &
		Pick<PrincipalStore, 'principal'> &
		Pick<CertificateStore, 'certificate'> &
		Pick<PartStore, 'manufacturerOf'> &
		Pick<FactStore, 'facts'>;
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly trust: AttestationTrust;
	readonly policyOf: (application: string) => Policy | null;
	/** Whether the CA that issued the certificate counts. */
	readonly issuerCounts: (certificate: IssuedCertificate | null) => boolean;
	readonly onRefused: OnRefused;
}

export const createAttestation = ({
	store,
	clock,
	entropy,
	trust,
	policyOf,
	issuerCounts,
	onRefused,
}: AttestationOptions): Appraisals => {
	const open = createOpenChallenges();

	/** Tells of the refusal, and gives what its caller is told. */
	const refused = (refusal: Refusal, holder: PrincipalName | null): Problem => {
		onRefused(holder, [refusal]);
		return new Problem(refusal.code, `${refusal.reason} (${refusal.requirement})`);
	};
	const refuseIf = (refusal: Refusal | null, holder: PrincipalName | null): void => {
		if (refusal !== null) throw refused(refusal, holder);
	};

	const authenticate = async (by: ClientProof, now: Instant): Promise<Principal | null> => {
		if ('clearing' in by) return judgeClaim(store, by.clearing);
		if ('token' in by) {
			const token = await store.token(tokenHash(by.token));
			const principal = token === null ? null : await store.principal(token.principal);
			// expected-device: with a token that was spent, a thief would put its challenge in place of the device's.
			refuseIf(judgeToken(token, principal, null, now) ?? judgeUnspent(token), token?.principal ?? null);
			return principal;
		}
		const certificate = await store.certificate(Uint8Array.from(Buffer.from(by.certificate, 'hex')));
		const principal = certificate === null ? null : await store.principal(certificate.principal);
		const policy = principal === null ? null : policyOf(principal.application);
		const holding = { certificate, principal, policy, issuerCounts: issuerCounts(certificate) };
		refuseIf(judgeHolder(holding, now), certificate?.principal ?? null);
		return principal;
	};

	const admit = async (by: ClientProof, binding: string, label: string | null, now: Instant): Promise<Principal> => {
		// RFC 7030 §3.2.3: a stranger learns nothing of manufacturers and parts, and costs nothing.
		const holder = await authenticate(by, now);
		if (holder === null || holder.kind !== 'device' || (label !== null && label !== holder.application)) {
			throw new Problem('device-not-expected', 'No device of this application is meant by this token or certificate.');
		}
		open.begin(qualifiedName(holder), binding, now);
		return holder;
	};

	// RFC 9334 §10.2: single use, whatever comes of it; a second answer is a replay or a guess.
	const takeChallenge = (binding: string, format: string): AnsweredChallenge => {
		const challenge = open.take(binding);
		if (challenge?.kind === 'challenged' && challenge.format === format && clock.now() < challenge.until)
			return challenge;
		throw new Problem(
			'evidence-stale',
			'No challenge is open on this connection: ask for one, and answer it within a minute.',
		);
	};

	return {
		challenge: async ({ format, endorsementCertificates, shown }, by, binding, label) => {
			const now = clock.now();
			const holder = await admit(by, binding, label, now);
			const statements = statementFormats.get(format);
			if (statements === undefined) {
				throw new Problem('request-malformed', `No part is challenged by the format ${JSON.stringify(format)}.`);
			}
			const part = statements.judgePart(endorsementCertificates, shown, holder.part, { trust, now });
			if ('refusal' in part) throw refused(part.refusal, holder);
			const nonce = entropy.bytes(NONCE_BYTES);
			const until = now + CHALLENGE_LIFETIME;
			open.put(binding, { kind: 'challenged', holder, nonce, format, part, until });
			return { posed: part.challenge(nonce, entropy.bytes), expires: until };
		},

		endorse: async (certificates, by, binding, label) => {
			const now = clock.now();
			const holder = await admit(by, binding, label, now);
			const found = judgeDeviceIdentity(certificates, holder.part, { trust, now });
			if ('refusal' in found) throw refused(found.refusal, holder);
			const { publicKey, evidence } = found;
			// expected-device (CR 1.4): numbers are a manufacturer's own; another manufacturer's part of the same number is not this one.
			const known = evidence.part === null ? null : await store.manufacturerOf(evidence.part);
			if (known !== null && known !== evidence.manufacturer) {
				throw new Problem(
					'part-unexpected',
					`${evidence.part} is known as a part of ${known}, not of ${evidence.manufacturer}.`,
				);
			}
			// The same where a device is expected by a number alone and several manufacturers could have given it.
			if (known === null && holder.part !== null && holder.part === evidence.part && trust.manufacturers.length > 1) {
				throw new Problem(
					'part-unexpected',
					`Several manufacturers may have numbered a part ${evidence.part}: expect the device with --part '${evidence.part}@MANUFACTURER', by its name in the site file.`,
				);
			}
			open.put(binding, { kind: 'appraised', holder, publicKey, evidence, until: now + CHALLENGE_LIFETIME });
		},

		takeChallenge,

		appraise: ({ format, stated }, binding) => {
			const now = clock.now();
			const { holder, nonce, part } = takeChallenge(binding, format);
			const publicKey = part.keyOf(stated);
			const exporter = Uint8Array.from(Buffer.from(binding, 'base64'));
			const expected = qualifyingData({ nonce, exporter, publicKey, device: qualifiedName(holder) });
			refuseIf(part.judge(stated, { publicKey, qualifyingData: expected, trust }), holder);
			const until = now + CHALLENGE_LIFETIME;
			open.put(binding, { kind: 'appraised', holder, publicKey, evidence: part.evidence, until });
		},

		take: (binding, { publicKey, challengePassword }, holder) => {
			const appraised = binding === null ? null : open.take(binding);
			if (appraised?.kind !== 'appraised') return null;
			const isSame = holder.kind === 'device' && qualifiedName(appraised.holder) === qualifiedName(holder);
			if (clock.now() >= appraised.until || !isSame) {
				throw new Problem('evidence-stale', 'The evidence on this connection is too old, or of another device.');
			}
			// A genuine TPM that vouched for its own key must not carry a key in a file through the door behind it.
			if (Buffer.compare(keyThumbprint(appraised.publicKey), keyThumbprint(publicKey)) !== 0) {
				throw new Problem('key-not-attested', 'The request is for another key than the one whose place was shown.');
			}
			// A certificate can be shown by anybody who has seen it, and a request signed years ago: only one made for this connection
			// shows that the part is here now (RFC 9266).
			if (appraised.evidence.proof !== 'attested' && challengePassword !== binding) {
				throw new Problem(
					'evidence-stale',
					'The request must be bound to this connection (challengePassword, RFC 7030 section 3.5): make it again.',
				);
			}
			return appraised.evidence;
		},
	};
};

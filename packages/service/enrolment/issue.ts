import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Refusal } from '@keyward/core';
import { type AttestationTrust, evidenceUnder } from '@keyward/core/attest';
import {
	isPresent,
	type RequestedKey,
	principalCertificate,
	type StatusAddresses,
	UNASKED_LIFETIME,
} from '@keyward/core/enrol';
import {
	assembleCertificate,
	type CertificateView,
	freezeCertificate,
	isIssuedBy,
	keyThumbprint,
	readCertificate,
	readToBeSigned,
} from '@keyward/core/format';
import { certificateLifetime, type Policy } from '@keyward/core/policy';
import type {
	AdmissionStore,
	Clock,
	Entropy,
	FactStore,
	Intent,
	IssuedCertificate,
	Principal,
	PrincipalName,
	PrincipalStore,
} from '@keyward/core/port';
import type { Authority } from '../authority/authority.ts';
import type { CertifiedKey } from '../authority/certified-key.ts';
import { enrolmentFacts } from './enrolment-facts.ts';
import { requirePolicy } from './registration.ts';

/** How a certificate comes to be once its holder is admitted. */
export interface Issuance {
	/** Decided → frozen → intended: what must be signed now, by this CA, is durable and cannot change. */
	intend(principal: Principal, key: RequestedKey, by: Intent['by'], issuing: CertifiedKey): Promise<Intent>;
	/**
	 * Intended → signed → issued → facts. The same code at first and after a crash. `issuing` is the CA that the intent was frozen
	 * for, whatever was rolled over meanwhile. Gives the certificate and its CA, DER.
	 */
	finish(intent: Intent, findings: readonly Refusal[], issuing: CertifiedKey): Promise<Uint8Array[]>;
	/** A certificate that was issued before, once more: its answer was lost, or it was asked for too early. */
	answerAgain(certificate: IssuedCertificate): Promise<Uint8Array[]>;
	/** The newest certificate for this key, when it need not be renewed yet: by the CA that signs now, on the evidence of now. */
	presentFor(key: RequestedKey, policy: Policy, principal: Principal): Promise<IssuedCertificate | null>;
}

export interface IssuanceOptions {
	readonly store: AdmissionStore & Pick<PrincipalStore, 'principal'> & FactStore;
	readonly authority: Authority;
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly policyOf: (application: string) => Policy | null;
	readonly trust: AttestationTrust;
	readonly onIssued?: (certificate: IssuedCertificate, findings: readonly Refusal[]) => void;
	readonly statusAt?: (issuer: CertificateView) => StatusAddresses | undefined;
	/** Told when the CA's key did not sign, and the intent stays open. */
	readonly onNotSigned: () => void;
}

/** Whether the bytes to be signed name this CA as their issuer. */
export const isFrozenFor = ({ toBeSigned }: Pick<Intent, 'toBeSigned'>, { certificate }: CertifiedKey): boolean =>
	Buffer.compare(readToBeSigned(toBeSigned).issuerName, certificate.subjectName) === 0;

/** Most certificates whose facts are remembered as recorded. */
const FACTS_KNOWN = 10_000;

export const createIssuance = (options: IssuanceOptions): Issuance => {
	const { store, authority, clock, entropy, policyOf, trust, onIssued, statusAt, onNotSigned } = options;
	/** Certificates whose facts this process has recorded: an answer that is given again costs no commit. */
	const factsKnown = new Set<string>();

	const presentFor = async (
		{ certificates, evidence }: RequestedKey,
		policy: Policy,
		principal: Principal,
	): Promise<IssuedCertificate | null> => {
		const newest = certificates.at(-1);
		if (newest === undefined || !isPresent(newest, policy, principal, clock.now())) return null;
		const { certificate } = await authority.issuing(principal.application);
		const isByNewest = Buffer.compare(readCertificate(newest.der).issuerName, certificate.subjectName) === 0;
		return isByNewest && isDeepStrictEqual(evidenceUnder(newest.evidence, trust), evidence) ? newest : null;
	};

	const intend: Issuance['intend'] = async (principal, key, by, issuing) => {
		const policy = requirePolicy(policyOf, principal.application);
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
		// unique-key: shared only with those whom the registrar saw and let, so that no other registrar admits it in between.
		await store.intend(intent, key.holders);
		return intent;
	};

	const finish: Issuance['finish'] = async (intent, findings, issuing) => {
		assert(isFrozenFor(intent, issuing), 'another CA would sign what names this one');
		const signature = await issuing.signer.sign(intent.toBeSigned).catch((error: unknown) => {
			onNotSigned();
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
		await recordFacts(certificate);
		onIssued?.(certificate, findings);
		return withIssuer(certificate);
	};

	const answerAgain = async (certificate: IssuedCertificate): Promise<Uint8Array[]> => {
		await recordFacts(certificate);
		return withIssuer(certificate);
	};

	const recordFacts = async (certificate: IssuedCertificate): Promise<void> => {
		const id = Buffer.from(certificate.fingerprint).toString('hex');
		if (factsKnown.has(id)) return;
		const principal = await store.principal(certificate.principal);
		const { publicKey } = readCertificate(certificate.der);
		await store.putFacts(enrolmentFacts(certificate, principal, publicKey, clock.now()));
		if (factsKnown.size >= FACTS_KNOWN) factsKnown.clear();
		factsKnown.add(id);
	};

	const withIssuer = async (certificate: IssuedCertificate): Promise<Uint8Array[]> => {
		const issuers = await authority.issuers(certificate.principal.application);
		const issuer = issuers.find(({ certificate: { der } }) => isIssuedBy(certificate.der, der));
		return issuer === undefined ? [certificate.der] : [certificate.der, issuer.certificate.der];
	};

	return { intend, finish, answerAgain, presentFor };
};

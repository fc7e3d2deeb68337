import type { Instant } from '../units/instant.ts';
import {
	readBasicConstraints,
	readInhibitAny,
	readKeyUsage,
	readPolicyConstraints,
	readPurposes,
	unknownCritical,
} from './authority-extensions.ts';
import { isSameName } from './name.ts';
import { forbiddenName, type NameConstraints, readNameConstraints } from './name-constraints.ts';
import type { PathCertificate } from './path-certificate.ts';
import { ANY_POLICY, createPolicyGraph } from './policy-graph.ts';
import { signatureFlaw, strongKey } from './signature-algorithm.ts';

/** What a path is asked for. */
export interface PathTerms {
	readonly now: Instant;
	/** What the first certificate is to be used for: an OID that every certificate with extended key usages must allow. */
	readonly purpose: string | null;
	/** True for a certificate that its issuer, or the site, has revoked. */
	readonly isRevoked: (certificate: PathCertificate) => boolean;
	/** RFC 5280 §6.1.1 (c), (e) to (g); by default any policy, and nothing inhibited. */
	readonly policies?: {
		readonly initial: ReadonlySet<string>;
		readonly requireExplicit: boolean;
		readonly inhibitMapping: boolean;
		readonly inhibitAny: boolean;
	};
}

/** Why a path is not valid. */
export interface PathFlaw {
	readonly kind: 'chain' | 'expired' | 'revoked';
	/** In words, of "certificate N of the chain", 1 being the end entity's. */
	readonly what: string;
}

const ANY_PURPOSE = '2.5.29.37.0';
const anyPolicy = {
	initial: new Set([ANY_POLICY]),
	requireExplicit: false,
	inhibitMapping: false,
	inhibitAny: false,
} as const;

/**
 * Certification path validation (RFC 5280 §6.1), from the anchor down to the end entity; null when the path is valid. The anchor
 * is a certificate too, and is held to its dates and limits (RFC 5937): one that has ended or was revoked vouches for nobody. Throws
 * `Problem('certificate-malformed')`.
 */
export const findPathFlaw = (path: readonly PathCertificate[], terms: PathTerms): PathFlaw | null => {
	const { now, purpose, isRevoked, policies = anyPolicy } = terms;
	const constraints: NameConstraints[] = [];
	const graph = createPolicyGraph();
	const n = path.length - 1;
	let maxLength = path.length;
	let explicit = policies.requireExplicit ? 0 : n + 1;
	let mapping = policies.inhibitMapping ? 0 : n + 1;
	let inhibitAny = policies.inhibitAny ? 0 : n + 1;
	for (const [at, certificate] of path.entries()) {
		const flaw = (what: string, kind: PathFlaw['kind'] = 'chain'): PathFlaw => ({
			kind,
			what: `Certificate ${path.length - at} of the chain ${what}`,
		});
		const issuer = path[at - 1];
		const isLast = at === n;
		const isSelfIssued = isSameName(certificate.issuer, certificate.subject);
		// §6.1.3 (a)(1), (a)(4): a certificate that merely lies beside another vouches for nothing.
		if (issuer !== undefined) {
			if (!isSameName(certificate.issuer, issuer.subject)) return flaw('names another issuer than the one after it.');
			const signature = signatureFlaw(certificate, issuer.publicKey);
			if (signature !== null) return flaw(`${signature}.`);
		}
		// NIST SP 800-57 Part 1 §5.6.1: anyone who can compute a key of the chain can continue it.
		if (strongKey(certificate.publicKey) === null) return flaw('has a key that is too weak or of no known kind.');
		// §6.1.3 (a)(2), (a)(3).
		if (now < certificate.notBefore) return flaw(`is not valid before ${iso(certificate.notBefore)}.`, 'expired');
		if (now > certificate.notAfter) return flaw(`was valid until ${iso(certificate.notAfter)}.`, 'expired');
		if (isRevoked(certificate)) return flaw('was revoked.', 'revoked');
		// §6.1.3 (b), (c): an authority for some names must not certify others.
		const forbidden = isSelfIssued && !isLast ? null : forbiddenName(certificate, constraints);
		if (forbidden !== null) return flaw(`has ${forbidden}.`);
		// §6.1.4 (o), §6.1.5 (f): what its issuer calls critical and is not understood may be the very limit that bars this use.
		const unknown = unknownCritical(certificate);
		if (unknown !== null) return flaw(`has the critical extension ${unknown}, which is not known here.`);
		// §4.2.1.12: an authority for servers must not vouch for endorsement keys.
		const purposes = readPurposes(certificate);
		if (purpose !== null && purposes !== null && !purposes.has(purpose) && !purposes.has(ANY_PURPOSE))
			return flaw(`is for other purposes than ${purpose}.`);
		// §6.1.3 (d) to (f).
		if (issuer !== undefined) {
			graph.certify(certificate, inhibitAny > 0 || (!isLast && isSelfIssued));
			if (explicit === 0 && graph.isEmpty()) return flaw('is under no policy that those above it ask for.');
		}
		const asked = readPolicyConstraints(certificate);
		if (isLast) {
			// §6.1.5 (a), (b), (g).
			if (explicit > 0) explicit--;
			if (asked.requireExplicit === 0) explicit = 0;
			if (explicit === 0 && !graph.holdsUnder(policies.initial)) return flaw('is under no policy that is asked for.');
			return null;
		}
		// §6.1.4 (a), (b); the anchor's policies are no part of the path.
		if (issuer !== undefined) graph.map(certificate, mapping > 0);
		const own = readNameConstraints(certificate);
		if (own !== null) constraints.push(own);
		// (h): self-issued certificates, as at a change of keys, are not counted.
		if (!isSelfIssued && issuer !== undefined) {
			explicit = Math.max(0, explicit - 1);
			mapping = Math.max(0, mapping - 1);
			inhibitAny = Math.max(0, inhibitAny - 1);
		}
		// (i), (j).
		explicit = Math.min(explicit, asked.requireExplicit ?? explicit);
		mapping = Math.min(mapping, asked.inhibitMapping ?? mapping);
		inhibitAny = Math.min(inhibitAny, readInhibitAny(certificate) ?? inhibitAny);
		// (k): without this the owner of any end entity's key could certify others.
		const { cA, pathLength } = readBasicConstraints(certificate);
		if (!cA) return flaw('is not that of an authority.');
		// (l), (m): an authority that may only certify parts must not make further authorities.
		if (!isSelfIssued && issuer !== undefined && maxLength-- <= 0)
			return flaw('is further down than the path length of an authority above it allows.');
		maxLength = Math.min(maxLength, pathLength ?? maxLength);
		// (n).
		const usage = readKeyUsage(certificate);
		if (usage !== null && !usage.has('keyCertSign')) return flaw('is of a key that may not sign certificates.');
	}
	return { kind: 'chain', what: 'There is no certificate.' };
};

const iso = (at: Instant): string => new Date(at).toISOString();

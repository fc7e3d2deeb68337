import { type CertificateView, readCertificate } from '../format/certificate.ts';
import { isSameName } from '../path/name.ts';
import { identitiesOf, type PathCertificate, readPathCertificate } from '../path/path-certificate.ts';
import { NOT_SIGNED, signatureFlaw } from '../path/signature-algorithm.ts';
import { findPathFlaw, type PathFlaw } from '../path/validate-path.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Manufacturer, TrustAt } from './trust.ts';

/** Longer than any manufacturer's chain. */
const LONGEST = 5;

/** The manufacturer that vouches for the first certificate of a chain, and by whom; or why nobody does. */
export type Vouching =
	| { readonly manufacturer: Manufacturer; readonly leaf: CertificateView; readonly path: readonly string[] }
	| { readonly refusal: Refusal };

const codes = {
	chain: 'endorsement-chain',
	expired: 'endorsement-expired',
	revoked: 'endorsement-revoked',
} as const satisfies Record<PathFlaw['kind'], Refusal['code']>;

/**
 * Judges a part's certificate chain, the part's own first and each by the next, up to one of the site's anchors (RFC 5280 §6.1,
 * TCG EK Credential Profile §3), for a `purpose` by its OID. An anchor may itself be the last of the chain or be left out. Throws
 * `Problem('certificate-malformed')` when one of them is no certificate.
 */
export const judgeEndorsementChain = (
	chain: readonly Uint8Array[],
	purpose: string,
	{ trust, now }: TrustAt,
): Vouching => {
	const certificates = chain.slice(0, LONGEST).map(readPathCertificate);
	const [leaf] = certificates;
	const last = certificates.at(-1);
	if (leaf === undefined || last === undefined || chain.length > LONGEST) {
		return refused('endorsement-chain', `The part shows ${chain.length} certificates: 1 to ${LONGEST} are taken.`);
	}
	// RFC 5280 §6.1.3 (a)(1), (a)(4): a certificate that merely lies beside the part's, such as a genuine one of another part,
	// must not vouch for it.
	for (const [index, certificate] of certificates.entries()) {
		const next = certificates[index + 1];
		const flaw = next === undefined ? null : linkFlaw(certificate, next);
		if (flaw !== null) return refused('endorsement-chain', `Certificate ${index + 1} of the part's chain ${flaw}.`);
	}
	let refusal: Vouching | null = null;
	for (const { manufacturer, anchor } of anchorsOf(trust.manufacturers)) {
		const isLast = Buffer.compare(anchor.toBeSigned, last.toBeSigned) === 0;
		// RFC 9334 §7.4: trust comes from the site's anchors alone; any laptop can sign for a TPM that it invents.
		if (!isLast && !isAnchoredBy(last, anchor)) continue;
		const path = [anchor, ...certificates.slice(0, isLast ? -1 : certificates.length).toReversed()];
		const flaw = findPathFlaw(path, {
			now,
			purpose,
			isRevoked: (certificate) => identitiesOf(certificate).some((identity) => trust.revoked.has(identity)),
		});
		if (flaw === null)
			return { manufacturer, leaf: readCertificate(leaf.der), path: path.toReversed().flatMap(identitiesOf) };
		refusal ??= refused(codes[flaw.kind], flaw.what);
	}
	return (
		refusal ??
		refused(
			'endorsement-untrusted',
			"No manufacturer that this site names vouches for this part: add the manufacturer's root to the site file, if it is the one you bought.",
		)
	);
};

const anchorsOf = (
	manufacturers: readonly Manufacturer[],
): { readonly manufacturer: Manufacturer; readonly anchor: PathCertificate }[] =>
	manufacturers.flatMap((manufacturer) =>
		manufacturer.anchors.map((der) => ({ manufacturer, anchor: readPathCertificate(der) })),
	);

const linkFlaw = (certificate: PathCertificate, next: PathCertificate): string | null =>
	isSameName(certificate.issuer, next.subject)
		? signatureFlaw(certificate, next.publicKey)
		: 'names another issuer than the one after it';

/** Another manufacturer's anchor of the same name did not sign it; one that did, with an algorithm too weak, is told so by its path. */
const isAnchoredBy = (last: PathCertificate, anchor: PathCertificate): boolean =>
	isSameName(last.issuer, anchor.subject) && signatureFlaw(last, anchor.publicKey) !== NOT_SIGNED;

const refused = (code: Refusal['code'], reason: string): Vouching => ({
	refusal: { code, requirement: 'key-custody', reason },
});

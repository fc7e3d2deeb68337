import { type CertificateView, isIssuedBy, readCertificate } from '../format/certificate.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Maker, TrustAt } from './trust.ts';

/** Longer than any maker's chain. */
const LONGEST = 5;

/** The maker that vouches for the first certificate of a chain, or why nobody does. */
export type Vouching = { readonly maker: Maker; readonly leaf: CertificateView } | { readonly refusal: Refusal };

/**
 * Judges a part's certificate chain, the part's own first and each by the next, up to one of the site's anchors (RFC 5280 §6.1,
 * TCG EK Credential Profile §3). An anchor may itself be the last of the chain or be left out. Throws
 * `Problem('certificate-malformed')` when one of them is no certificate.
 */
export const judgeEndorsementChain = (chain: readonly Uint8Array[], { trust, now }: TrustAt): Vouching => {
	const certificates = chain.slice(0, LONGEST).map(readCertificate);
	const [leaf] = certificates;
	const last = certificates.at(-1);
	if (leaf === undefined || last === undefined || chain.length > LONGEST) {
		return refused('endorsement-chain', `The part shows ${chain.length} certificates: 1 to ${LONGEST} are taken.`);
	}
	// RFC 5280 §6.1.3 (a)(1), (a)(4): a certificate that merely lies beside the part's, such as a genuine one of another part,
	// must not vouch for it.
	for (const [index, certificate] of certificates.entries()) {
		const next = certificates[index + 1];
		if (next !== undefined && !isIssuedBy(certificate.der, next.der)) {
			return refused(
				'endorsement-chain',
				`Certificate ${index + 2} of the part's chain did not issue the one before it.`,
			);
		}
	}
	// RFC 9334 §7.4: trust comes from the site's anchors alone; any laptop can sign for a TPM of its own invention.
	const maker = trust.makers.find(({ anchors }) =>
		anchors.some((anchor) => Buffer.compare(anchor, last.der) === 0 || isIssuedBy(last.der, anchor)),
	);
	if (maker === undefined) {
		return refused(
			'endorsement-untrusted',
			"No maker that this site names vouches for this part: add the maker's root to the site file, if it is the one you bought.",
		);
	}
	// RFC 5280 §6.1.3 (a)(2): a lapsed certificate is one that its maker no longer stands for.
	const lapsed = certificates.find(({ notBefore, notAfter }) => now < notBefore || now > notAfter);
	if (lapsed !== undefined) {
		const until = new Date(lapsed.notAfter).toISOString();
		return refused(
			'endorsement-expired',
			`A certificate of the part's chain is not valid now (it was until ${until}).`,
		);
	}
	// RFC 5280 §6.1.3 (a)(3): a batch whose keys leaked is still signed, and only this list tells.
	if (certificates.some(({ fingerprint }) => trust.revoked.has(Buffer.from(fingerprint).toString('hex')))) {
		return refused('endorsement-revoked', 'The maker has taken back a certificate of this part.');
	}
	return { maker, leaf };
};

const refused = (code: Refusal['code'], reason: string): Vouching => ({
	refusal: { code, requirement: 'key-custody', reason },
});

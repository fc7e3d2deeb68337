import { EK_ECC_P256, EK_RSA_2048, type TPMT_PUBLIC, withPublicKey } from '../format/tpm2/index.ts';
import type { CertificateView } from '../format/certificate.ts';
import { keyThumbprint, profilePublicKey } from '../format/public-key.ts';
import { readPublicKey } from '../keycheck/public-key-value.ts';
import { isRoca } from '../keycheck/roca.ts';
import { readKeyUsage } from '../path/authority-extensions.ts';
import { readPathCertificate } from '../path/path-certificate.ts';
import type { Refusal } from '../problem/refusal.ts';
import { judgeEndorsementChain } from './endorsement-chain.ts';
import type { TrustAt } from './trust.ts';

/** tcg-kp-EKCertificate (TCG EK Credential Profile §3.2.16). */
const EK_PURPOSE = '2.23.133.8.1';

/** id-RSAES-OAEP, DER, as manufacturers of older TPMs wrote the keys of their certificates. */
const RSAES_OAEP = Buffer.from('06092a864886f70d010107', 'hex');

/** A TPM that a manufacturer vouches for. */
export interface EndorsedTpm {
	/** The endorsement key's public area, made of its certificate and the default template (EK Credential Profile B.3). */
	readonly endorsementKey: TPMT_PUBLIC;
	/** `ek:` and SHA-256 of the endorsement key's SubjectPublicKeyInfo, lower-case hex. */
	readonly part: string;
	readonly manufacturer: string;
	readonly emulated: boolean;
	/** As `KeyEvidence.path`. */
	readonly path: readonly string[];
}

/** How `device expect` names the TPM with this endorsement key. */
export const partOfEndorsementKey = (spki: Uint8Array): string =>
	`ek:${Buffer.from(keyThumbprint(spki)).toString('hex')}`;

/**
 * Judges the endorsement key's certificates. `expected` is the part that this device must be (null: any that a manufacturer vouches
 * for). Throws `Problem('certificate-malformed')`.
 */
export const judgeEndorsementKey = (
	certificates: readonly Uint8Array[],
	expected: string | null,
	at: TrustAt,
): EndorsedTpm | { readonly refusal: Refusal } => {
	const vouching = judgeEndorsementChain(certificates, EK_PURPOSE, at);
	if ('refusal' in vouching) return vouching;
	const { leaf, manufacturer, path } = vouching;
	const refused = (code: Refusal['code'], reason: string, requirement: Refusal['requirement'] = 'key-custody') => ({
		refusal: { code, requirement, reason },
	});
	// EK Credential Profile §3.2: another certificate of the same manufacturer, for another purpose, is no endorsement of a TPM.
	if (leaf.isAuthority || !leaf.extendedKeyUsage.includes(EK_PURPOSE)) {
		return refused('endorsement-chain', 'The first certificate is not that of an endorsement key (EKU 2.23.133.8.1).');
	}
	// CVE-2017-15361: the private key of such an EK can be computed, and with it a TPM of anybody's own making.
	const value = readPublicKey(leaf.publicKey);
	if (value.kind === 'rsa' && isRoca(value.modulus)) {
		return refused('key-published', 'This endorsement key is of the flawed ROCA kind: update or replace the TPM.');
	}
	// RFC 4055 §4.1, EK Credential Profile §3.2.9: the same RSA key would be a second part if it were taken in this form too.
	if (Buffer.from(leaf.publicKey).includes(RSAES_OAEP)) {
		return refused(
			'csr-key',
			'The endorsement certificate writes its RSA key as RSAES-OAEP (1.2.840.113549.1.1.7), which is not supported: ask the manufacturer for one with rsaEncryption, or for one of the P-256 endorsement key.',
		);
	}
	const template = templateOf(leaf.publicKey);
	if (template === null) {
		return refused('csr-key', 'The endorsement key is neither RSA-2048 nor P-256 (default templates L-1 and L-2).');
	}
	const unusable = keyUsageFlaw(leaf, template === EK_RSA_2048 ? 'keyEncipherment' : 'keyAgreement');
	if (unusable !== null) return refused('endorsement-chain', unusable);
	const part = partOfEndorsementKey(leaf.publicKey);
	if (at.trust.revoked.has(part)) return refused('endorsement-revoked', `The site believes ${part} no more.`);
	// expected-device (CR 1.4): without this, any genuine TPM, such as that of the thief's laptop, would do.
	if (expected !== null && expected !== part) {
		return refused(
			'part-unexpected',
			`This TPM is ${part}, and ${expected} is expected for this device.`,
			'expected-device',
		);
	}
	return {
		endorsementKey: withPublicKey(template, leaf.publicKey),
		part,
		manufacturer: manufacturer.name,
		emulated: manufacturer.emulated,
		path,
	};
};

const templateOf = (spki: Uint8Array) => {
	const profile = profilePublicKey(spki);
	if (profile?.algorithm === 'P-256') return EK_ECC_P256;
	return profile?.algorithm === 'RSA' && profile.size === 2048 ? EK_RSA_2048 : null;
};

/**
 * EK Credential Profile §3.2.15 (version 2.6): keyUsage is in every endorsement certificate, with keyEncipherment for an RSA key that
 * decrypts and keyAgreement for one on a curve. So an absent one is not RFC 5280's "for everything": the certificate of a part's
 * signing key, which its manufacturer certified for something else, must not vouch for a TPM.
 */
const keyUsageFlaw = ({ der }: CertificateView, needed: 'keyEncipherment' | 'keyAgreement'): string | null => {
	const usage = readKeyUsage(readPathCertificate(der));
	if (usage?.has(needed) === true) return null;
	const said =
		usage === null ? 'has no key usage' : `may be used for ${Array.from(usage).join(', ') || 'nothing'} alone`;
	return `The first certificate ${said}, and that of an endorsement key like this has ${needed} (TCG EK Credential Profile section 3.2.15): ask the manufacturer for its endorsement certificate.`;
};

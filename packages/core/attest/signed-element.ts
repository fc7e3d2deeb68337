import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readCertificate } from '../format/certificate.ts';
import { profilePublicKey } from '../format/public-key.ts';
import { readKeyUsage, unknownCritical } from '../path/authority-extensions.ts';
import { identitiesOf, readPathCertificate } from '../path/path-certificate.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { member, parseJson, textMember } from './json-value.ts';
import { readSecureElement, type SecureElement } from './secure-element.ts';

/** Who signs the manifests of a manufacturer. */
export interface ManifestSigner {
	/** SHA-256 of its certificate, lower-case hex. */
	readonly fingerprint: string;
	/** As `identitiesOf` says them. */
	readonly identities: readonly string[];
	readonly key: KeyObject;
	/** subjectKeyIdentifier in base64url, which is how `kid` names it; null when the certificate has none. */
	readonly keyId: string | null;
	readonly notAfter: Instant;
}

/** A certificate of a manifest signer, DER. Throws `Problem('certificate-malformed')`, also for a key that is not on P-256. */
export const readManifestSigner = (der: Uint8Array): ManifestSigner => {
	const { fingerprint, publicKey, keyIdentifier, notAfter } = readCertificate(der);
	const strict = readPathCertificate(der);
	const usage = readKeyUsage(strict);
	// RFC 5280 §4.2, §4.2.1.3: what its issuer says that this key is not for.
	if (unknownCritical(strict) !== null || (usage !== null && !usage.has('digitalSignature'))) {
		throw new Problem(
			'certificate-malformed',
			'This certificate is not for signing manifests (its key usage, or a critical extension).',
		);
	}
	if (profilePublicKey(publicKey)?.algorithm !== 'P-256') {
		throw new Problem(
			'certificate-malformed',
			'A manifest signer has a key on P-256: manifests are signed with ES256.',
		);
	}
	return {
		fingerprint: Buffer.from(fingerprint).toString('hex'),
		identities: identitiesOf(strict),
		key: createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' }),
		keyId: keyIdentifier && Buffer.from(keyIdentifier).toString('base64url'),
		notAfter,
	};
};

/**
 * Verifies one entry of a manifest, a flattened JWS (RFC 7515 §7.2.2; Microchip, Trust Platform Manifest File Format, §2.4), and
 * only then reads what is signed. `entry` is its number in the file. Throws `Problem('manifest-malformed')` and
 * `Problem('manifest-signature')`.
 */
export const readSignedElement = (
	json: string,
	entry: number,
	signers: readonly ManifestSigner[],
): SecureElement & { readonly signer: ManifestSigner } => {
	const value = parseJson(json);
	const [payload, header, signature] = ['payload', 'protected', 'signature'].map(
		(name) => textMember(value, name) ?? '',
	);
	if (!isBase64url(payload) || !isBase64url(header) || !isBase64url(signature)) {
		throw new Problem('manifest-malformed', `Entry ${entry} is no flattened JWS (RFC 7515 section 7.2.2).`);
	}
	const refuse = (what: string): Problem =>
		new Problem(
			'manifest-signature',
			`Entry ${entry} ${what}: get the file, and its signer's certificate, from the manufacturer.`,
		);
	const protectedHeader = parseJson(decode(header));
	// RFC 8725 §3.1: the algorithm is ours to choose; "none", or a MAC made with the public key, would sign anything.
	if (member(protectedHeader, 'alg') !== 'ES256') throw refuse('is not signed with ES256');
	// RFC 7515 §4.1.11: what must be understood and is not.
	if (member(protectedHeader, 'crit') !== undefined) throw refuse('needs an extension of JWS that is not known here');
	const signer = namedIn(protectedHeader, signers);
	if (signer === undefined) throw refuse('is by no manifest signer that the site file names for this manufacturer');
	// RFC 7518 §3.4: r and s side by side. What stands beside the signature (`header`) is not under it, and never looked at.
	const signed = Buffer.from(`${header}.${payload}`, 'latin1');
	const sides = Buffer.from(signature, 'base64url');
	if (!verify('sha256', signed, { key: signer.key, dsaEncoding: 'ieee-p1363' }, sides)) {
		throw refuse('was changed, or is signed by another key than its signer');
	}
	return { ...readSecureElement(decode(payload), entry), signer };
};

/** The signer that the protected header names by certificate, by key or by both (RFC 7515 §4.1.4, §4.1.8). */
const namedIn = (header: unknown, signers: readonly ManifestSigner[]): ManifestSigner | undefined => {
	const thumbprint = textMember(header, 'x5t#S256');
	if (thumbprint !== null) {
		const fingerprint = Buffer.from(thumbprint, 'base64url').toString('hex');
		return signers.find((signer) => signer.fingerprint === fingerprint);
	}
	const keyId = textMember(header, 'kid');
	return keyId === null ? undefined : signers.find((signer) => signer.keyId === keyId);
};

const isBase64url = (value: string | undefined): value is string =>
	value !== undefined && /^[A-Za-z0-9_-]+$/.test(value);

const decode = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('utf8');

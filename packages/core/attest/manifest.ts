import { createPublicKey, hash, type JsonWebKey, verify } from 'node:crypto';
import type { KeyEvidence } from '../device/key-evidence.ts';
import { isPart } from '../device/part.ts';
import { readCertificate } from '../format/certificate.ts';
import { profilePublicKey } from '../format/public-key.ts';
import { Problem } from '../problem/problem.ts';
import type { Maker } from './trust.ts';

/** One part that a maker says it made. */
export interface ManifestEntry {
	/** `serial:` and its unique id. */
	readonly part: string;
	/** SubjectPublicKeyInfo, DER, of the P-256 keys that were made inside it. */
	readonly keys: readonly Uint8Array[];
}

/** More than a reel of parts. */
const MOST_ENTRIES = 20_000;

/**
 * Reads a maker's manifest: an array of signed entries in JSON (Microchip, Trust Platform Manifest File Format, section 2; each
 * a flattened JWS, RFC 7515 §7.2.2). Throws `Problem('manifest-malformed')`, and `Problem('manifest-signature')` when one entry
 * is not by a signer of this maker.
 */
export const readManifest = (text: string, { name, manifestSigners = [] }: Maker): ManifestEntry[] => {
	const entries = parse(text);
	if (!Array.isArray(entries) || entries.length === 0 || entries.length > MOST_ENTRIES) {
		throw malformed(`It is no array of 1 to ${MOST_ENTRIES} entries.`);
	}
	const signers = new Map(manifestSigners.map((der) => [thumbprint(der), readCertificate(der).publicKey]));
	return entries.map((entry: unknown, index) => readEntry(entry, index + 1, signers, name));
};

const readEntry = (
	entry: unknown,
	number: number,
	signers: ReadonlyMap<string, Uint8Array>,
	maker: string,
): ManifestEntry => {
	const [payload, header, signature] = ['payload', 'protected', 'signature'].map((name) => text(member(entry, name)));
	if (payload === null || header === null || signature === null || !payload || !header || !signature) {
		throw malformed(`Entry ${number} is no flattened JWS.`);
	}
	const protectedHeader = parse(decode(header));
	// RFC 7515 §10.7, RFC 8725 §3.1: the algorithm is ours to choose; "none", or a MAC with the public key, would sign anything.
	const signer =
		member(protectedHeader, 'alg') === 'ES256' && signers.get(text(member(protectedHeader, 'x5t#S256')) ?? '');
	if (!signer || !isSignedBy(signer, `${header}.${payload}`, signature)) {
		throw new Problem(
			'manifest-signature',
			`Entry ${number} is not signed by a manifest signer of ${maker}: get the file, and the signer's certificate, from the maker.`,
		);
	}
	// What is beside the signature (`header`) is not under it, and not looked at.
	const element = parse(decode(payload));
	const part = `serial:${text(member(element, 'uniqueId')) ?? ''}`;
	const keys: unknown = member(member(element, 'publicKeySet'), 'keys') ?? [];
	if (!isPart(part) || !Array.isArray(keys)) throw malformed(`Entry ${number} has no unique id, or no list of keys.`);
	return { part, keys: keys.flatMap((key: unknown) => readKey(key)) };
};

/** Every key of these entries, by the SHA-256 of its SubjectPublicKeyInfo in lower-case hex: endorsed by the maker. */
export const endorsedKeys = (
	entries: readonly ManifestEntry[],
	{ name, emulated }: Maker,
): (readonly [string, KeyEvidence])[] =>
	entries.flatMap(({ part, keys }) =>
		keys.map(
			(key) => [hash('sha256', key), { custody: 'pkcs11', proof: 'endorsed', part, maker: name, emulated }] as const,
		),
	);

/** RFC 7518 §3.4: r and s side by side. */
const isSignedBy = (spki: Uint8Array, signed: string, signature: string): boolean => {
	const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
	if (profilePublicKey(spki)?.algorithm !== 'P-256') return false;
	return verify('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
};

/** Nothing for keys that Keyward does not certify. */
const readKey = (jwk: unknown): Uint8Array[] => {
	const [kty, crv, x, y] = ['kty', 'crv', 'x', 'y'].map((name) => text(member(jwk, name)) ?? '');
	if (kty !== 'EC' || crv !== 'P-256') return [];
	try {
		const key = createPublicKey({ key: { kty, crv, x, y } as JsonWebKey, format: 'jwk' });
		return [new Uint8Array(key.export({ type: 'spki', format: 'der' }))];
	} catch (cause) {
		throw new Problem('manifest-malformed', 'A key of the manifest is no point on P-256.', { cause });
	}
};

const thumbprint = (der: Uint8Array): string => hash('sha256', der, 'base64url');

const decode = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('utf8');

const parse = (json: string): unknown => {
	try {
		return JSON.parse(json) as unknown;
	} catch (cause) {
		throw new Problem('manifest-malformed', 'The manifest, or a part of it, is not JSON.', { cause });
	}
};

const member = (value: unknown, name: string): unknown =>
	typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const malformed = (detail: string): Problem => new Problem('manifest-malformed', detail);

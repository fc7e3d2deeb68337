import { X509Certificate } from 'node:crypto';
import { isPart } from '../device/part.ts';
import { keyThumbprint } from '../format/public-key.ts';
import { pointFlaw } from '../keycheck/weak-curve.ts';
import { Problem } from '../problem/problem.ts';
import type { MadeKey, MadePart } from '../port/part-store.ts';
import type { Instant } from '../units/instant.ts';
import { readDeviceStatement } from './read-device-statement.ts';
import { member, parseJson, textMember } from './json-value.ts';
import { writtenInstant } from '../units/written-instant.ts';

/** A part as its manufacturer describes it: with its keys on P-256, for those of other kinds are of no use here. */
export interface SecureElement extends MadePart {
	/** When its manufacturer says that it was provisioned. */
	readonly provisioned: Instant;
}

/** SubjectPublicKeyInfo of a P-256 key up to the octets of its point (RFC 5480 §2). */
const SPKI_OF_P256 = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

/** SEC 1 §2.3.3. */
const UNCOMPRESSED = Uint8Array.of(4);

/** No part has as many slots. */
const MOST_KEYS = 64;

/**
 * Reads what a manufacturer signed of one part (Microchip, Trust Platform Manifest File Format, §2.5 to §2.7). `entry` is its number in
 * the file. Throws `Problem('manifest-malformed')`.
 */
export const readSecureElement = (json: string, entry: number): SecureElement => {
	const refuse = (what: string): Problem => new Problem('manifest-malformed', `Entry ${entry} ${what}.`);
	const element = parseJson(json);
	const id = textMember(element, 'uniqueId') ?? '';
	// A manufacturer of devices names the TPM in one as `device expect` does; its key is not the manufacturer's to list.
	const part = id.startsWith('ek:') ? id : `serial:${id}`;
	if (!isPart(part))
		throw refuse('names no part: its uniqueId is not 1 to 64 letters and digits, or ek: and a SHA-256');
	const written = textMember(element, 'provisioningTimestamp') ?? '';
	const provisioned = TIMESTAMP.test(written) ? writtenInstant(written) : null;
	if (provisioned === null) throw refuse('has no provisioningTimestamp of RFC 3339');
	const keys = member(member(element, 'publicKeySet'), 'keys');
	if (keys === undefined)
		throw refuse('lists no keys: this is the light manifest, ask the manufacturer for the full one');
	if (!Array.isArray(keys) || keys.length > MOST_KEYS) throw refuse(`has no list of at most ${MOST_KEYS} keys`);
	if (part.startsWith('ek:') && keys.length > 0)
		throw refuse('names a TPM and lists keys, which the TPM itself vouches for');
	const statement = readDeviceStatement(element, provisioned, refuse);
	return {
		...{ part, provisioned, keys: keys.flatMap((jwk: unknown) => readKey(jwk, refuse)) },
		...(statement !== null && { statement }),
	};
};

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** RFC 7517 §4, RFC 7518 §6.2.1. */
const readKey = (jwk: unknown, refuse: (what: string) => Problem): MadeKey[] => {
	const slot = textMember(jwk, 'kid') ?? '';
	if (textMember(jwk, 'kty') !== 'EC' || textMember(jwk, 'crv') !== 'P-256') return [];
	const where = `has in ${slot === '' ? 'a key without a name' : `the key ${JSON.stringify(slot)}`}`;
	if (slot.length > 64) throw refuse('has a key with a name longer than 64 characters');
	const [x, y] = [coordinate(jwk, 'x'), coordinate(jwk, 'y')];
	if (x === null || y === null) throw refuse(`${where} coordinates that are not of 32 octets`);
	const point = Buffer.concat([UNCOMPRESSED, x, y]);
	// SEC 1 §3.2.2.1: nobody holds a private key to a point that is on no curve, or everybody does.
	const flaw = pointFlaw('P-256', point);
	if (flaw !== null) throw refuse(`${where} ${flaw}`);
	const publicKey = Buffer.concat([SPKI_OF_P256, point]);
	const chain = member(jwk, 'x5c') ?? [];
	// RFC 7517 §4.7: people will read the certificate, and believe what stands in it of this key.
	if (!Array.isArray(chain) || (chain.length > 0 && !isFor(chain[0], publicKey))) {
		throw refuse(`${where} the certificate of another key`);
	}
	return [{ key: keyThumbprint(publicKey), slot }];
};

/** Octets of a coordinate, as many as the field has (RFC 7518 §6.2.1.2). */
const coordinate = (jwk: unknown, name: 'x' | 'y'): Buffer | null => {
	const octets = Buffer.from(textMember(jwk, name) ?? '', 'base64url');
	return octets.length === 32 ? octets : null;
};

/** Base64 of DER, not base64url. */
const isFor = (certificate: unknown, publicKey: Uint8Array): boolean => {
	if (typeof certificate !== 'string') return false;
	try {
		const { publicKey: its } = new X509Certificate(Buffer.from(certificate, 'base64'));
		return its.export({ type: 'spki', format: 'der' }).equals(publicKey);
	} catch {
		return false;
	}
};

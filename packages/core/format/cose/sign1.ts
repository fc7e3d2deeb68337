import { verify } from 'node:crypto';
import type { Signer } from '../../port/signer.ts';
import { profilePublicKey } from '../public-key.ts';
import { sidesOfSignature } from '../ecdsa-signature.ts';
import { importSpki } from './import-spki.ts';
import { type Cbor, encodeCbor, Tagged } from './cbor.ts';
import { algorithm, broken, coveredBytes, header, type Headers, makeHeaders, readHeaders } from './header.ts';

/** COSE_Sign1 (RFC 9052 §4.2). */
export interface Sign1 {
	readonly headers: Headers;
	readonly payload: Uint8Array;
	readonly signature: Uint8Array;
}

const TAG = 18;
const nothing = new Uint8Array();

/** Reads a tagged COSE_Sign1 with its payload in it. Throws `Problem('seal-malformed')`. */
export const readSign1 = (value: Cbor): Sign1 => {
	if (!(value instanceof Tagged) || value.tag !== TAG) throw broken('it is no tagged COSE_Sign1');
	const parts: Cbor = value.value;
	if (!Array.isArray(parts) || parts.length !== 4) throw broken('a COSE_Sign1 has four parts');
	const [first, second, payload, signature] = parts as readonly Cbor[];
	if (!(payload instanceof Uint8Array) || !(signature instanceof Uint8Array)) {
		throw broken('the payload and the signature of a COSE_Sign1 are byte strings');
	}
	return { headers: readHeaders(first, second), payload, signature };
};

/** Whether the algorithm is its one header, and covered: nothing beside the signature may tell a reader anything more. */
export const isBare = ({ headers }: Sign1): boolean =>
	headers.unprotected.size === 0 && headers.protected.size === 1 && headers.protected.has(header.alg);

/** What is signed: Sig_structure (RFC 9052 §4.4). */
export const toBeSigned = (headers: Headers, payload: Uint8Array, externalAad: Uint8Array = nothing): Uint8Array =>
	encodeCbor(['Signature1', coveredBytes(headers), externalAad, payload]);

/** The algorithm of a key that signs: ES256 on P-256, EdDSA with Ed25519; null for others. */
const algorithmOf = (spki: Uint8Array): number | null => {
	const kind = profilePublicKey(spki)?.algorithm;
	return kind === 'P-256' ? algorithm.ES256 : kind === 'Ed25519' ? algorithm.EdDSA : null;
};

/**
 * True when this key (SubjectPublicKeyInfo, DER) signed it. The protected algorithm must be the key's own: one that a message
 * chooses for itself is the message's choice of what is checked (RFC 9052 §4.4, RFC 9053 §2.1).
 */
export const verifySign1 = (
	{ headers, payload, signature }: Sign1,
	spki: Uint8Array,
	externalAad?: Uint8Array,
): boolean => {
	const own = algorithmOf(spki);
	const key = importSpki(spki);
	if (own === null || key === null || headers.protected.get(header.alg) !== own || signature.length !== 64)
		return false;
	const bytes = toBeSigned(headers, payload, externalAad);
	if (own === algorithm.EdDSA) return verify(null, bytes, key, signature);
	return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
};

/** A tagged COSE_Sign1 by this signer; the algorithm is the one protected header. A bug where its key is of another kind. */
export const signSign1 = async (
	payload: Uint8Array,
	signer: Signer,
	externalAad?: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> => {
	const own = algorithmOf(signer.publicKey);
	if (own === null) throw new TypeError('a COSE_Sign1 is signed with P-256 or Ed25519');
	const headers = makeHeaders(new Map([[header.alg, own]]));
	const signed = await signer.sign(toBeSigned(headers, payload, externalAad));
	const signature = own === algorithm.EdDSA ? signed : sidesOfSignature(signed);
	return encodeCbor(new Tagged(TAG, [headers.protectedBytes, headers.unprotected, payload, signature]));
};

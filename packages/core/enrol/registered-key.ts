import { hash } from 'node:crypto';
import { decodeCbor, encodeCbor } from '../format/cose/cbor.ts';
import { coseThumbprint } from '../format/cose/cose-key.ts';
import { readSign1, signSign1, verifySign1 } from '../format/cose/sign1.ts';
import { canonicalPublicKey } from '../format/canonical-key.ts';
import { profilePublicKey } from '../format/public-key.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { KeyPurpose, RegisteredKey } from '../port/principal-key-store.ts';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import type { Refusal } from '../problem/refusal.ts';

/** FIPS 203 table 3: bytes of an encapsulation key of ML-KEM-768. */
const KEM_KEY = 1184;

/** Purposes of the keys that each kind of principal has. */
const purposes: Readonly<Record<PrincipalName['kind'], readonly KeyPurpose[]>> = {
	device: ['stream'],
	reader: ['agreement', 'kem'],
};

/** What a stream key signs to be registered: it names whose it is, so that nobody registers another's. */
const statement = ({ application, kind, id }: PrincipalName, key: Uint8Array): Uint8Array =>
	encodeCbor(['keyward-key-1', application, kind, id, key]);

/** A stream key's proof of possession: COSE_Sign1 by it over its statement. */
export const proveKey = (name: PrincipalName, signer: Signer): Promise<Uint8Array> =>
	signSign1(statement(name, signer.publicKey), signer);

/**
 * Whether a principal may register this key: one of its kind, well formed, and a stream key proved to be its own. That a key of a
 * reader is its own is seen where it opens what is sealed to it; here the session says whose it is.
 */
export const judgeRegisteredKey = (
	name: PrincipalName,
	{ purpose, key }: Pick<RegisteredKey, 'purpose' | 'key'>,
	proof: Uint8Array | null,
): Refusal | null => {
	if (!purposes[name.kind].includes(purpose)) return refuse('key-form', `A ${name.kind} has no ${purpose} key.`);
	if (purpose === 'kem') {
		return key.length === KEM_KEY
			? null
			: refuse('key-form', `An encapsulation key of ML-KEM-768 has ${KEM_KEY} bytes, this one ${key.length}.`);
	}
	const canonical = canonicalPublicKey(key);
	if (canonical === null || Buffer.compare(canonical, key) !== 0 || profilePublicKey(key)?.algorithm !== 'P-256') {
		return refuse('key-form', `A ${purpose} key is on P-256, as SubjectPublicKeyInfo with the named curve.`);
	}
	return purpose === 'agreement' || proves(name, key, proof) ? null : refuse('key-not-proven', notProven);
};

const notProven =
	'The proof is no signature by this key over this name and key (COSE_Sign1 over ["keyward-key-1", application, kind, id, key]).';

const proves = (name: PrincipalName, key: Uint8Array, proof: Uint8Array | null): boolean => {
	if (proof === null) return false;
	try {
		const signed = readSign1(decodeCbor(proof));
		return Buffer.compare(signed.payload, statement(name, key)) === 0 && verifySign1(signed, key);
	} catch (error) {
		if (error instanceof Problem) return false;
		throw error;
	}
};

/** IEC 62443-4-2 CR 1.8: a key that nobody showed to have would let its true holder's signatures count as this principal's. */
const refuse = (code: Refusal['code'], reason: string): Refusal => ({ code, requirement: 'reading-signature', reason });

/** What an owner compares: of a P-256 key its COSE Key Thumbprint (RFC 9679), of a `kem` SHA-256 of the key. */
export const registeredThumbprint = ({ purpose, key }: Pick<RegisteredKey, 'purpose' | 'key'>): Uint8Array =>
	purpose === 'kem' ? new Uint8Array(hash('sha256', key, 'buffer')) : coseThumbprint(key);

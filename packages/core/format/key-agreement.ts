import { Problem } from '../problem/problem.ts';
import { canonicalPublicKey } from './canonical-key.ts';

/** SubjectPublicKeyInfo of P-256 up to the point (RFC 5480 §2). */
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
const POINT_LENGTH = 65;
const SECRET_LENGTH = 32;

/**
 * The uncompressed point (SEC 1 §2.3.3) of the other side's P-256 key, validated in full (SP 800-56A §5.6.2.3.3): in range and on
 * the curve, whose order is prime. Otherwise an answer to a point of small order on another curve would tell the private key
 * piece by piece (invalid-curve attack). Throws `Problem('key-agreement')`.
 */
export const agreementPoint = (spki: Uint8Array): Uint8Array => {
	const der = canonicalPublicKey(spki);
	if (
		der?.length !== SPKI_HEAD.length + POINT_LENGTH ||
		Buffer.compare(der.subarray(0, SPKI_HEAD.length), SPKI_HEAD) !== 0
	) {
		throw new Problem(
			'key-agreement',
			'The other key is no point of P-256: take a SubjectPublicKeyInfo of id-ecPublicKey with the named curve.',
		);
	}
	return der.subarray(SPKI_HEAD.length);
};

/** SubjectPublicKeyInfo, DER, of an uncompressed point of P-256. */
export const p256PublicKey = (point: Uint8Array): Uint8Array => new Uint8Array(Buffer.concat([SPKI_HEAD, point]));

/** The same on P-384. */
const SPKI_HEAD_384 = Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex');

/** SubjectPublicKeyInfo, DER, of an uncompressed point of this curve. */
export const publicKeyOfPoint = (curve: 'P-256' | 'P-384', point: Uint8Array): Uint8Array =>
	curve === 'P-256' ? p256PublicKey(point) : new Uint8Array(Buffer.concat([SPKI_HEAD_384, point]));

/**
 * What a store computed, if it can be a shared secret: an x-coordinate of P-256, and not zero, which a part gives that failed or was
 * given infinity (SP 800-56A §5.7.1.2 step 2). Throws `Problem('key-agreement')`.
 */
export const sharedSecret = (z: Uint8Array): Uint8Array => {
	const padded = new Uint8Array(SECRET_LENGTH);
	if (z.length <= SECRET_LENGTH) padded.set(z, SECRET_LENGTH - z.length);
	if (z.length <= SECRET_LENGTH && padded.some((octet) => octet !== 0)) return padded;
	throw new Problem('key-agreement', 'The key store gave no shared secret: its part failed, or is no P-256 key.');
};

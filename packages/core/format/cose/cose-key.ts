import { hash } from 'node:crypto';
import { Problem } from '../../problem/problem.ts';
import { agreementPoint, p256PublicKey } from '../key-agreement.ts';
import { type Cbor, type CborMap, encodeCbor, isMap } from './cbor.ts';
import { broken } from './header.ts';

/** Labels of COSE_Key (RFC 9052 §7.1) and of keys with two coordinates (RFC 9053 §7.1.1); EC2 and P-256. */
const label = { kty: 1, crv: -1, x: -2, y: -3 } as const;
const EC2 = 2;
const P256 = 1;
const COORDINATE = 32;

/** COSE_Key of a P-256 key: the required parameters alone. Throws `Problem('key-agreement')` for another key. */
export const coseKey = (spki: Uint8Array): CborMap => {
	const point = agreementPoint(spki);
	return new Map<number, Cbor>([
		[label.kty, EC2],
		[label.crv, P256],
		[label.x, point.subarray(1, 1 + COORDINATE)],
		[label.y, point.subarray(1 + COORDINATE)],
	]);
};

/**
 * SubjectPublicKeyInfo, DER, of a COSE_Key on P-256 with both coordinates and nothing else, validated in full (invalid-curve
 * attack). Throws `Problem('seal-malformed')`.
 */
export const spkiOfCoseKey = (key: Cbor | undefined): Uint8Array => {
	const x = isMap(key) ? key.get(label.x) : undefined;
	const y = isMap(key) ? key.get(label.y) : undefined;
	if (
		!isMap(key) ||
		key.size !== 4 ||
		key.get(label.kty) !== EC2 ||
		key.get(label.crv) !== P256 ||
		!isCoordinate(x) ||
		!isCoordinate(y)
	) {
		throw broken('a key in it is no P-256 key with both coordinates');
	}
	const spki = p256PublicKey(Uint8Array.of(4, ...x, ...y));
	try {
		agreementPoint(spki);
	} catch (cause) {
		if (cause instanceof Problem) throw broken('a key in it is no point of P-256');
		throw cause;
	}
	return spki;
};

const isCoordinate = (value: Cbor | undefined): value is Uint8Array =>
	value instanceof Uint8Array && value.length === COORDINATE;

/** COSE key thumbprint (RFC 9679) of a P-256 key: SHA-256 of its required parameters, 32 bytes. */
export const coseThumbprint = (spki: Uint8Array): Uint8Array =>
	new Uint8Array(hash('sha256', encodeCbor(coseKey(spki)), 'buffer'));

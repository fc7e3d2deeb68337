import { generatePrimeSync, hash, randomBytes } from 'node:crypto';
import { encodeDer } from '../format/der.ts';
import { createChecks } from './checks.ts';
import type { Checks } from './check.ts';
import type { Finding } from './finding.ts';
import type { CertificateFacts, KeyMaterial, Material, PskMaterial } from './material.ts';
import type { PublishedKeys } from './published-keys.ts';

export const NOW = Date.UTC(2026, 10, 22);

const hex = (value: bigint): string => {
	const digits = value.toString(16);
	return digits.length % 2 === 0 ? digits : `0${digits}`;
};

/** A DER INTEGER of a number that is not negative. */
export const integer = (value: bigint): Uint8Array => {
	const digits = Buffer.from(hex(value), 'hex');
	return encodeDer(0x02, (digits[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), digits);
};

const rsaEncryption = Buffer.from('300d06092a864886f70d0101010500', 'hex');

/** SubjectPublicKeyInfo of any two numbers. */
export const rsaSpki = (modulus: bigint, exponent = 65_537n): Uint8Array =>
	encodeDer(
		0x30,
		rsaEncryption,
		encodeDer(0x03, Buffer.from([0]), encodeDer(0x30, integer(modulus), integer(exponent))),
	);

/** SubjectPublicKeyInfo of an ECPoint on a curve, by the DER of the curve's OID. */
export const curveSpki = (oid: string, point: Uint8Array): Uint8Array =>
	encodeDer(
		0x30,
		encodeDer(0x30, Buffer.from('06072a8648ce3d0201', 'hex'), Buffer.from(oid, 'hex')),
		encodeDer(0x03, Buffer.from([0]), point),
	);

export const P256 = '06082a8648ce3d030107';

export const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true });

/**
 * A modulus of 2048 to 2052 bits that shares no prime with any other: seven primes of 256 bits and one of 260 take a fifth
 * of the time of two of 1024, and none of the checks can tell.
 */
export const healthyModulus = (): bigint =>
	Array.from({ length: 7 }, () => prime(256)).reduce((product, one) => product * one, prime(260));

export const certificate = (subject: string, more: Partial<CertificateFacts> = {}): CertificateFacts => ({
	fingerprint: randomBytes(32),
	subject,
	names: [],
	issuer: 'CN=Sensor CA',
	notBefore: NOW - 86_400_000,
	notAfter: NOW + 86_400_000 * 90,
	isCa: false,
	selfSigned: false,
	looksLikeDevice: true,
	...more,
});

export const key = (file: string, spki: Uint8Array, more: Partial<KeyMaterial> = {}): KeyMaterial => ({
	kind: 'key',
	at: { file, label: 'key' },
	spki,
	privateFound: false,
	certificate: null,
	names: [],
	...more,
});

export const psk = (
	device: string | null,
	secret: Uint8Array | string,
	more: Partial<PskMaterial> = {},
): PskMaterial => ({
	kind: 'psk',
	at: { file: 'devices.csv', label: `device ${device ?? randomBytes(4).toString('hex')}` },
	secret: typeof secret === 'string' ? Buffer.from(secret, 'hex') : secret,
	device,
	role: 'psk',
	...more,
});

export const runKey = hash('sha256', 'one run', 'buffer');

export const checksOf = (materials: Iterable<Material>, published: PublishedKeys = new Map()): Checks => {
	const checks = createChecks({ runKey, published, now: NOW });
	for (const material of materials) checks.add(material);
	return checks;
};

export const findingsOf = (materials: Iterable<Material>, published?: PublishedKeys): readonly Finding[] =>
	checksOf(materials, published).findings();

export const named = (findings: readonly Finding[]): string[] => findings.map(({ check }) => check);

/** What becomes of a key on a curve. */
export type Lifecycle = 'sound' | 'weak' | 'unexpected';

export interface CurveName {
	readonly name: string;
	/** Of the order: half of them is the strength. */
	readonly bits: number;
	readonly standing: Lifecycle;
}

const named = (name: string, bits: number, standing: Lifecycle): CurveName => ({ name, bits, standing });

/**
 * Curves by OID (SEC 2, RFC 5639, RFC 8410, ANSI X9.62). Weak: below 112 bits of strength (NIST SP 800-57 Part 1 §5.6.1), or
 * over a binary field, which NIST SP 800-186 retires. Unexpected: no attack known, and no device profile asks for it.
 */
export const curveNames: ReadonlyMap<string, CurveName> = new Map([
	['1.2.840.10045.3.1.7', named('P-256', 256, 'sound')],
	['1.3.132.0.34', named('P-384', 384, 'sound')],
	['1.3.132.0.35', named('P-521', 521, 'sound')],
	['1.3.132.0.33', named('P-224', 224, 'sound')],
	['1.3.36.3.3.2.8.1.1.7', named('brainpoolP256r1', 256, 'sound')],
	['1.3.36.3.3.2.8.1.1.9', named('brainpoolP320r1', 320, 'sound')],
	['1.3.36.3.3.2.8.1.1.11', named('brainpoolP384r1', 384, 'sound')],
	['1.3.36.3.3.2.8.1.1.13', named('brainpoolP512r1', 512, 'sound')],
	['1.3.101.110', named('X25519', 253, 'sound')],
	['1.3.101.111', named('X448', 446, 'sound')],
	['1.3.101.112', named('Ed25519', 253, 'sound')],
	['1.3.101.113', named('Ed448', 446, 'sound')],
	['1.3.132.0.10', named('secp256k1', 256, 'unexpected')],
	['1.2.156.10197.1.301', named('SM2', 256, 'unexpected')],
	['1.3.36.3.3.2.8.1.1.8', named('brainpoolP256t1', 256, 'unexpected')],
	['1.3.36.3.3.2.8.1.1.10', named('brainpoolP320t1', 320, 'unexpected')],
	['1.3.36.3.3.2.8.1.1.12', named('brainpoolP384t1', 384, 'unexpected')],
	['1.3.36.3.3.2.8.1.1.14', named('brainpoolP512t1', 512, 'unexpected')],
	['1.2.840.10045.3.1.1', named('P-192', 192, 'weak')],
	['1.2.840.10045.3.1.2', named('prime192v2', 192, 'weak')],
	['1.2.840.10045.3.1.3', named('prime192v3', 192, 'weak')],
	['1.2.840.10045.3.1.4', named('prime239v1', 239, 'unexpected')],
	['1.2.840.10045.3.1.5', named('prime239v2', 239, 'unexpected')],
	['1.2.840.10045.3.1.6', named('prime239v3', 239, 'unexpected')],
	['1.3.132.0.6', named('secp112r1', 112, 'weak')],
	['1.3.132.0.7', named('secp112r2', 110, 'weak')],
	['1.3.132.0.28', named('secp128r1', 128, 'weak')],
	['1.3.132.0.29', named('secp128r2', 126, 'weak')],
	['1.3.132.0.9', named('secp160k1', 161, 'weak')],
	['1.3.132.0.8', named('secp160r1', 161, 'weak')],
	['1.3.132.0.30', named('secp160r2', 161, 'weak')],
	['1.3.132.0.31', named('secp192k1', 192, 'weak')],
	['1.3.132.0.32', named('secp224k1', 225, 'unexpected')],
	['1.3.36.3.3.2.8.1.1.1', named('brainpoolP160r1', 160, 'weak')],
	['1.3.36.3.3.2.8.1.1.3', named('brainpoolP192r1', 192, 'weak')],
	['1.3.36.3.3.2.8.1.1.5', named('brainpoolP224r1', 224, 'unexpected')],
	['1.3.132.0.4', named('sect113r1', 113, 'weak')],
	['1.3.132.0.5', named('sect113r2', 113, 'weak')],
	['1.3.132.0.22', named('sect131r1', 131, 'weak')],
	['1.3.132.0.23', named('sect131r2', 131, 'weak')],
	['1.3.132.0.1', named('sect163k1', 163, 'weak')],
	['1.3.132.0.2', named('sect163r1', 162, 'weak')],
	['1.3.132.0.15', named('sect163r2', 163, 'weak')],
	['1.3.132.0.24', named('sect193r1', 193, 'weak')],
	['1.3.132.0.25', named('sect193r2', 193, 'weak')],
	['1.3.132.0.26', named('sect233k1', 232, 'weak')],
	['1.3.132.0.27', named('sect233r1', 233, 'weak')],
	['1.3.132.0.3', named('sect239k1', 238, 'weak')],
	['1.3.132.0.16', named('sect283k1', 281, 'weak')],
	['1.3.132.0.17', named('sect283r1', 282, 'weak')],
	['1.3.132.0.36', named('sect409k1', 407, 'weak')],
	['1.3.132.0.37', named('sect409r1', 409, 'weak')],
	['1.3.132.0.38', named('sect571k1', 570, 'weak')],
	['1.3.132.0.39', named('sect571r1', 570, 'weak')],
]);

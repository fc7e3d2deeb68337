import { constants } from 'node:crypto';
import type { LinkStep } from '../authorize/link.ts';

/** What one end of a TLS connection takes, in the words of `node:tls`: the same at both ends, whatever it carries. */
export interface TlsProfile {
	readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
	readonly maxVersion: 'TLSv1.3';
	readonly ciphers: string;
	readonly ecdhCurve: string;
	readonly sigalgs: string;
	readonly honorCipherOrder: true;
	readonly secureOptions: number;
}

/** RFC 8446 §9.1, Appendix B.4. BSI TR-02102-2 §3.4 lists the AES ones; ChaCha20 is for devices without AES in hardware. */
const suites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/**
 * TLS 1.2: ephemeral keys and AEAD alone (RFC 9325 §4.2, BSI TR-02102-2 §3.3), and for ECDSA, as the service's key is.
 * link-integrity (CR 3.1): so that nobody on the way can change a record unseen.
 */
const suites12 = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305'];

/** link-encryption: ML-KEM-768 beside X25519, against recording now and decrypting later. */
const hybridGroups = ['X25519MLKEM768'];

/** RFC 9325 §4.2.1, BSI TR-02102-2 §3.3.2: 128 bits of security or more. */
const groups = ['X25519', 'P-256', 'P-384'];

/**
 * What signs a handshake or a certificate in it (RFC 8446 §4.2.3): no SHA-1 and no SHA-224 (RFC 9155, BSI TR-02102-2 §3.3.3),
 * which OpenSSL takes in TLS 1.2 unless told otherwise. RSA with PKCS #1 v1.5 for the certificates of a chain and for TLS 1.2
 * alone; TLS 1.3 has it nowhere else.
 */
const signatures = [
	...['ecdsa_secp256r1_sha256', 'ed25519', 'ecdsa_secp384r1_sha384', 'ecdsa_secp521r1_sha512'],
	...['rsa_pss_rsae_sha256', 'rsa_pss_rsae_sha384', 'rsa_pss_rsae_sha512'],
	...['rsa_pkcs1_sha256', 'rsa_pkcs1_sha384', 'rsa_pkcs1_sha512'],
];

/**
 * What a link of at least this step (link-encryption) is made with. A program of ours that starts a connection takes `tls1.3`: it
 * offers the hybrid group first, and cannot be talked down below TLS 1.3 (RFC 9325 §3.1.1).
 *
 * Not in it, because Node has no option for it: no session is resumed, so that every connection proves its key again. A server
 * sends no tickets (`sendNoTickets` of the service), a client keeps none.
 */
export const tlsProfile = (floor: LinkStep): TlsProfile => ({
	minVersion: floor === 'tls1.2-aead' ? 'TLSv1.2' : 'TLSv1.3',
	maxVersion: 'TLSv1.3',
	ciphers: [...suites, ...(floor === 'tls1.2-aead' ? suites12 : [])].join(':'),
	ecdhCurve: [...hybridGroups, ...(floor === 'tls1.3-pq' ? [] : groups)].join(':'),
	sigalgs: signatures.join(':'),
	honorCipherOrder: true,
	// TLS 1.2 lets a client begin again on the same connection, as often as it likes and at our cost (RFC 9325 §3.5, CR 7.1).
	// No compression in any version (RFC 9325 §3.3: CRIME).
	secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
});

import { hash } from 'node:crypto';

/** How long a challenge may be answered (RFC 9334 §10.2: the nonce is what makes evidence fresh). */
export const CHALLENGE_LIFETIME = 60_000;

/** Octets of a challenge's nonce. */
export const NONCE_BYTES = 32;

/** What the evidence must be about. */
export interface Challenged {
	readonly nonce: Uint8Array;
	/** TLS exporter of the connection, label `EXPORTER-Channel-Binding`, 32 octets (RFC 9266 §4.2). */
	readonly exporter: Uint8Array;
	/** SubjectPublicKeyInfo of the key that is to be certified, DER. */
	readonly publicKey: Uint8Array;
	/** `{application}/{device}`. */
	readonly device: string;
}

/**
 * SHA-256(nonce ‖ exporter ‖ SHA-256(SPKI) ‖ device): the `extraData` of an attestation. The nonce makes it fresh, the exporter
 * keeps it on its connection, the key and the device keep it from speaking for others.
 */
export const qualifyingData = ({ nonce, exporter, publicKey, device }: Challenged): Uint8Array => {
	const key = hash('sha256', publicKey, 'buffer');
	return new Uint8Array(hash('sha256', Buffer.concat([nonce, exporter, key, Buffer.from(device, 'utf8')]), 'buffer'));
};

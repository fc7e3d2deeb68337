import type { Instant } from '../units/instant.ts';

/** Where something lies in somebody's files. */
export interface Place {
	readonly file: string;
	/** What it is and where inside the file: "certificate 2, CN=pump-7", "offset 0x1a40 (gzip)", "line 17, device 0004a30b". */
	readonly label: string;
}

/** A public key, bare, in a request, under a certificate, or derived from a private key that was found. */
export interface KeyMaterial {
	readonly kind: 'key';
	readonly at: Place;
	/** SubjectPublicKeyInfo, DER. */
	readonly spki: Uint8Array;
	/** The private half lies at this place too. */
	readonly privateFound: boolean;
	readonly certificate: CertificateFacts | null;
	/** Who holds it, where the place says so and no certificate does: alternative names of a request, `kid`, SSH host. */
	readonly names: readonly string[];
	/** The common name of a request, which several devices may share (`localhost`). */
	readonly subject?: string;
}

/** What keycheck asks of a certificate. */
export interface CertificateFacts {
	/** SHA-256 of the DER. */
	readonly fingerprint: Uint8Array;
	readonly subject: string;
	/** Subject alternative names, and the serialNumber of the subject (RFC 5280 §4.2.1.6, IEEE 802.1AR §8.6). */
	readonly names: readonly string[];
	readonly issuer: string;
	readonly notBefore: Instant;
	/** Null for 99991231235959Z (RFC 5280 §4.1.2.5: no well-defined end) and for none. */
	readonly notAfter: Instant | null;
	readonly isCa: boolean;
	readonly selfSigned: boolean;
	/** By its names, usages or where it lay, this is the certificate of a device and not of an authority. */
	readonly looksLikeDevice: boolean;
}

/** An ECDSA signature. */
export interface SignatureMaterial {
	readonly kind: 'signature';
	readonly at: Place;
	/** SubjectPublicKeyInfo of the signer, DER. */
	readonly spki: Uint8Array;
	/** Hash of what was signed, by the signature's own hash function. */
	readonly digest: Uint8Array;
	readonly r: bigint;
	readonly s: bigint;
}

/** A pre-shared key. */
export interface PskMaterial {
	readonly kind: 'psk';
	readonly at: Place;
	readonly secret: Uint8Array;
	/** The device's own name for itself: its id, DevEUI or TLS-PSK identity. */
	readonly device: string | null;
	/** `psk`, `appKey`, `nwkKey` … */
	readonly role: string;
	/** The Wi-Fi network that it opens, where the place says so. */
	readonly network?: Network;
}

/** A network whose key all of it has: of Wi-Fi its access points and stations, of Thread its devices. */
export interface Network {
	/** For Thread the extended PAN ID, in hex. */
	readonly ssid: string;
	readonly isAccessPoint: boolean;
	readonly isThread?: boolean;
}

/** One thing found in somebody's files. Secrets stay in memory. */
export type Material = KeyMaterial | SignatureMaterial | PskMaterial;

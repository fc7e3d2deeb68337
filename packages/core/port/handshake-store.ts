import type { Instant } from '../units/instant.ts';

/** The TLS client that a device was last seen with. */
export interface StoredHandshake {
	readonly application: string;
	readonly device: string;
	/** SHA-256 of the DER, lower-case hex: the newest certificate that it came with. */
	readonly certificate: string;
	/** Since when that certificate is valid. */
	readonly issued: Instant;
	/** As `readClientHello` has it. */
	readonly hello: string;
	/** What it then said that it runs; null: it did not say. */
	readonly version: string | null;
}

/** Each device's TLS client. Each call is one commit, durable when it resolves. */
export interface HandshakeStore {
	/** Replaces those of the same devices. */
	putHandshakes(seen: readonly StoredHandshake[]): Promise<void>;
	/** Of every application, in no order that means anything. */
	handshakes(): Promise<StoredHandshake[]>;
}

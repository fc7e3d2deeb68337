import type { KeyMaterial, Material, Network } from '@keyward/core/keycheck';
import type { Limits } from './limits.ts';
import type { ScannedCertificate } from '../key/certificate.ts';
import type { Source } from './source.ts';
import type { EcdsaSignature } from '../key/signed.ts';

/** A key or container that a password opens: kept until the file is read. */
export interface Locked {
	readonly kind: 'pkcs12' | 'pkcs8' | 'pem';
	readonly bytes: Uint8Array;
	readonly label: string;
}

/** What is spent on one file, over everything nested in it. */
export interface Spent {
	inflated: number;
	/** Values of DER walked in vain may be this many more. */
	walk: { left: number };
}

/** Who a request names: alternative names and serial numbers, and its common name, which several devices may share. */
export type RequestNames = Pick<KeyMaterial, 'names' | 'subject'>;

/** Where readers put what they find in one file, or in one stream inside it. */
export interface Content {
	readonly limits: Limits;
	readonly spent: Spent;
	/** Where it lies: of the file, or of what packs hold, by their own names; empty where it has none. */
	readonly path: string;
	/** How many streams this one lies in. */
	readonly depth: number;
	/** Its bytes at any place, where they lie in a file as they are. */
	readonly source: Source | null;
	/** `names`: who holds it, where the place says so. */
	key(label: string, spki: Uint8Array, privateFound: boolean, names?: readonly string[]): void;
	certificate(label: string, certificate: ScannedCertificate): void;
	request(label: string, named: RequestNames, spki: Uint8Array, signature: EcdsaSignature | null): void;
	psk(label: string, secret: Uint8Array, device: string | null, role: string, network?: Network): void;
	locked(locked: Locked): void;
	/**
	 * True for bytes that were seen in this file around this stream or inside another: gzip stores what it cannot shorten as it
	 * is, so that one key is met at two depths.
	 */
	isRepeat(bytes: Uint8Array): boolean;
	/** Counted by reason. */
	problem(reason: string, label?: string): void;
	/** The same for a stream inside this one: labels say where it lies, and `path` how it is called there. */
	within(place: string, path?: string): Content;
}

export type Give = (material: Material) => void;

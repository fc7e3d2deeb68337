import type { DeviceStatement } from '../device/device-statement.ts';
import type { Instant } from '../units/instant.ts';

/** A key that a manufacturer says it made inside a part. */
export interface MadeKey {
	/** SHA-256 of the SubjectPublicKeyInfo. */
	readonly key: Uint8Array;
	/** The manufacturer's name for its place in the part. */
	readonly slot: string;
}

/** A part and its keys, as a manifest lists them. */
export interface MadePart {
	/** `serial:` and its manufacturer's number. */
	readonly part: string;
	readonly keys: readonly MadeKey[];
	/** Of the device that it is in. */
	readonly statement?: DeviceStatement;
}

/** What was said of the device with a part, and who vouches for it. */
export interface KnownStatement extends Pick<ManifestOrigin, 'manufacturer' | 'signer'> {
	readonly statement: DeviceStatement;
}

/** A manufacturer's manifest, verified. */
export interface ManifestOrigin {
	/** SHA-256 of the file, lower-case hex. */
	readonly file: string;
	/** The manufacturer's name in the site file. */
	readonly manufacturer: string;
	/** SHA-256 of the certificate of who signed it, lower-case hex. */
	readonly signer: string;
	/** When it was imported. */
	readonly at: Instant;
}

/** What an import was good for. */
export interface ImportedManifest extends ManifestOrigin {
	/** Parts that were not known before. */
	readonly parts: number;
	/** Keys that were not known before, also of parts that were. */
	readonly keys: number;
}

/** A key of a part, and who vouches for it. */
export interface KnownKey extends MadeKey, Pick<ManifestOrigin, 'manufacturer' | 'signer'> {
	readonly part: string;
}

/**
 * Parts that their manufacturers' manifests name. An import is one commit, durable when it resolves; what is known is looked at within it,
 * so that two imports never give one part two manufacturers.
 */
export interface PartStore {
	/**
	 * Adds the parts and keys that are not known yet, together or not at all; a part that is known gains the keys that it did not
	 * have, and of two statements of its device the later one counts. Nothing new is no import, and is not listed. Throws `Problem('part-conflict')` when a part is known from another manufacturer,
	 * a key as another part's, or another statement of the same moment.
	 */
	importParts(origin: ManifestOrigin, parts: readonly MadePart[]): Promise<ImportedManifest>;
	/** By the SHA-256 of the key's SubjectPublicKeyInfo; null when no manifest names it. */
	knownKey(key: Uint8Array): Promise<KnownKey | null>;
	/** The manufacturer whose manifest names this part; null when none does. */
	manufacturerOf(part: string): Promise<string | null>;
	/** What its manufacturer says of the device with this part; null when nothing. */
	statementOf(part: string): Promise<KnownStatement | null>;
	/** Oldest first. */
	manifests(): Promise<ImportedManifest[]>;
}

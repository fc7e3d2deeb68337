import { Problem } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import { canonicalize } from '@tufjs/canonical-json';
import { Metadata, MetadataKind, type Root, Signature, type Targets } from '@tufjs/models';
import { tufKey } from './tuf-key.ts';

/** The version of the specification that is written. */
export const SPEC_VERSION = '1.0.31';

/** Nothing that is read here is larger; a roster of 64 readers on 20 streams and 1,000 devices has 0.3 MB. */
export const LARGEST_FILE = 2_000_000;

export const parseRoot = (text: string, file: string): Metadata<Root> =>
	parsed(text, file, (data) => Metadata.fromJSON(MetadataKind.Root, data));

export const parseTargets = (text: string, file: string): Metadata<Targets> =>
	parsed(text, file, (data) => Metadata.fromJSON(MetadataKind.Targets, data));

/** Throws `Problem('roster-refused')`. */
const parsed = <Value>(
	text: string,
	file: string,
	make: (data: Parameters<typeof Metadata.fromJSON>[1]) => Value,
): Value => {
	try {
		if (text.length > LARGEST_FILE) throw new Error('it is too large');
		const data: unknown = JSON.parse(text);
		if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new Error('it is no object');
		return make(data as Parameters<typeof Metadata.fromJSON>[1]);
	} catch (error) {
		throw new Problem('roster-refused', `${file} is no metadata of TUF: ${said(error)}.`, { cause: error });
	}
};

export const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const writeMetadata = (metadata: { toJSON(): unknown }): string => `${JSON.stringify(metadata.toJSON())}\n`;

/** The time as TUF writes it (§4.2.1): ISO 8601, UTC, whole seconds. */
export const tufTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** Adds this signer's signature over the canonical form of what is signed. */
export const addSignature = async (
	metadata: { readonly signed: { toJSON(): unknown }; readonly signatures: Record<string, Signature> },
	signer: Signer,
): Promise<void> => {
	const { keyID } = tufKey(signer.publicKey);
	const signature = await signer.sign(new TextEncoder().encode(canonicalize(metadata.signed.toJSON())));
	metadata.signatures[keyID] = new Signature({ keyID, sig: Buffer.from(signature).toString('hex') });
};

import { exactly, Type } from '@keyward/contract';
import type { Bytes, Instant } from '@keyward/core';
import { Problem } from '@keyward/core';
import { openNote, signNote } from '@keyward/core/ledger';
import type { Signer } from '@keyward/core/port';

/** What a backup says of itself. */
export interface Manifest {
	readonly format: 1;
	/** The Keyward that made it, and the version of its store's tables. */
	readonly keyward: string;
	readonly schema: number;
	/** When its store was copied: what came later is not in it. */
	readonly at: Instant;
	/** The site's seals, PINs and webhook secrets, by their path in the data folder; empty when all are kept elsewhere. */
	readonly seals: readonly string[];
	readonly sealsIncluded: boolean;
	readonly ledgers: readonly { readonly application: string; readonly leaves: number; readonly root: string }[];
	readonly files: readonly BackupFile[];
}

export interface BackupFile {
	/** Within the backup and the data folder, with `/`. */
	readonly path: string;
	readonly size: Bytes;
	/** Lower-case hex. */
	readonly sha256: string;
}

/** The manifest's own file. */
export const MANIFEST = 'manifest';

const NAME = 'keyward/backup';

const count = Type.Integer({ minimum: 0 });
const hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
const shape = exactly({
	format: Type.Literal(1),
	keyward: Type.String(),
	schema: count,
	at: count,
	seals: Type.Array(Type.String()),
	sealsIncluded: Type.Boolean(),
	ledgers: Type.Array(exactly({ application: Type.String(), leaves: count, root: hash })),
	files: Type.Array(exactly({ path: Type.String(), size: count, sha256: hash })),
});

/**
 * CR 7.3 RE(1), CR 3.4: signed by the ledger's key, which is under the seal. Without the seal nobody can change a backup and
 * have it restored: not its readings, and not its revocations, grants and tokens either.
 */
export const signManifest = (manifest: Manifest, signer: Signer): Promise<string> =>
	signNote(`${JSON.stringify(manifest, null, 1)}\n`, NAME, signer);

/** Throws `Problem('backup-broken')` when the key did not sign it. */
export const openManifest = async (note: string, publicKey: Uint8Array): Promise<Manifest> => {
	let text: string;
	try {
		text = openNote(note, { name: NAME, publicKey });
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		throw new Problem(
			'backup-broken',
			"The backup's manifest is not signed by this site's ledger key: it was changed, or is of another site.",
			{ cause: error },
		);
	}
	const value = parse(text);
	const { default: Value } = await import('typebox/value');
	if (Value.Check(shape, value)) return value;
	throw new Problem('backup-broken', "The backup's manifest is of another Keyward: restore it with that one.");
};

const parse = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
};

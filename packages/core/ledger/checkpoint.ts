import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import { type NoteKey, openNote, signNote } from './note.ts';
import { HASH_LENGTH } from './tree.ts';

/** What a ledger says of itself at one moment (C2SP tlog-checkpoint). */
export interface Checkpoint {
	/** Names the ledger; also the name of the key that signs. A URL without scheme, like `site.example/reactor-hall`. */
	readonly origin: string;
	/** Number of leaves. */
	readonly size: number;
	/** The Merkle tree hash of that many leaves. */
	readonly root: Uint8Array;
	/** Lines that are signed with it and mean what the ledger's keeper says; not empty, without line breaks. */
	readonly extensions?: readonly string[];
}

const broken = (detail: string): Problem => new Problem('ledger-broken', detail);

/** The lines that are signed. */
export const checkpointText = ({ origin, size, root, extensions = [] }: Checkpoint): string =>
	[origin, size, Buffer.from(root).toString('base64'), ...extensions, ''].join('\n');

/** Reads the text. Throws `Problem('ledger-broken')`. */
export const readCheckpoint = (text: string): Checkpoint => {
	const [origin, size, hash, ...more] = text.split('\n');
	if (!origin || !size || !hash || more.pop() !== '' || more.includes('')) {
		throw broken('A checkpoint has three lines: origin, size, root.');
	}
	// One spelling for one size: no sign, no leading zero.
	if (!/^(?:0|[1-9][0-9]*)$/.test(size) || !Number.isSafeInteger(Number(size))) {
		throw broken('The size of the checkpoint is not a whole number.');
	}
	const root = new Uint8Array(Buffer.from(hash, 'base64'));
	if (root.length !== HASH_LENGTH || Buffer.from(root).toString('base64') !== hash) {
		throw broken('The root of the checkpoint is not 32 bytes of base64.');
	}
	return { origin, size: Number(size), root, ...(more.length > 0 && { extensions: more }) };
};

/** A signed note whose key name is the origin. The signer's key is Ed25519. */
export const signCheckpoint = (checkpoint: Checkpoint, signer: Signer): Promise<string> =>
	signNote(checkpointText(checkpoint), checkpoint.origin, signer);

/**
 * The checkpoint of a note that the ledger's key signed. Throws `Problem('ledger-broken')`; also for another ledger's
 * checkpoint signed by the same key, which would pass off one ledger's state as another's.
 */
export const openCheckpoint = (note: string, key: NoteKey): Checkpoint => {
	const checkpoint = readCheckpoint(openNote(note, key));
	if (checkpoint.origin !== key.name) throw broken(`The checkpoint is of ${checkpoint.origin}, not of ${key.name}.`);
	return checkpoint;
};

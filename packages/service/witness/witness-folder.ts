import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import {
	type Checkpoint,
	type NoteKey,
	noteVerifierKey,
	openCheckpoint,
	readVerifierKey,
	signatureType,
} from '@keyward/core/ledger';
import type { Signer } from '@keyward/core/port';
import {
	createFileKey,
	hasFileKey,
	makeFolder,
	makePrivateFolder,
	openFileKey,
	syncFolder,
	writeDurably,
} from '@keyward/custody';

/** Where a witness keeps its key, its name, whom it trusts, and what it cosigned last of each. */
export interface WitnessFolder {
	readonly name: string;
	readonly signer: Signer;
	/** C2SP vkey of type 4: what others pin. */
	readonly verifierKey: string;
	/** Keys of the logs that it vouches for, as they are now. Throws `Problem('site-configuration')`. */
	logs(): Promise<NoteKey[]>;
	/** What it cosigned last. Throws `Problem('ledger-broken')` when that cannot be read: then nothing is cosigned. */
	latest(origin: string, keys: readonly NoteKey[]): Promise<Checkpoint | null>;
	/** Durable when it resolves. */
	keep(origin: string, note: string): Promise<void>;
	/** Keeps, beside what it cosigned last, the other tree of the same size that the log signed: the first of each origin. */
	accuse(origin: string, note: string): Promise<void>;
}

const KEY = 'witness';
const fileName = (origin: string): string => createHash('sha256').update(origin).digest('hex');
const sealed = (sealFile: string | null): { sealFile?: string } => (sealFile === null ? {} : { sealFile });

/** Makes the folder and the key in it. Throws `Problem('key-file')` where there is one, `Problem('key-form')` for a bad name. */
export const makeWitness = async (folder: string, name: string, sealFile: string | null): Promise<string> => {
	const keys = join(folder, 'keys');
	if (await hasFileKey(keys, KEY))
		throw new Problem('key-file', `There is a witness in ${folder}: name another folder. A key is never replaced.`);
	if (!/^[^\s+\p{Cc}\p{Cs}]{1,200}$/u.test(name))
		throw new Problem(
			'key-form',
			`${JSON.stringify(name.slice(0, 200))} is no name for a witness: write it like an address without scheme, spaces or +, such as witness.example/w1.`,
		);
	await makePrivateFolder(folder);
	await makeFolder(join(folder, 'state'));
	await makeFolder(join(folder, 'accused'));
	await writeDurably(
		join(folder, 'logs'),
		'# Verifier keys of logs, one a line, as keyward ledger key prints them.\n',
		'keep',
	);
	await writeDurably(join(folder, 'name'), `${name}\n`, 'replace');
	await syncFolder(folder);
	// Last: with it the folder is whole.
	const { publicKey } = await createFileKey(keys, KEY, 'Ed25519', sealed(sealFile));
	return noteVerifierKey({ name, publicKey }, signatureType.cosignature);
};

/** Throws `Problem('key-file')` when it is no witness's folder. */
export const openWitness = async (folder: string, sealFile: string | null): Promise<WitnessFolder> => {
	if (!(await hasFileKey(join(folder, 'keys'), KEY)))
		throw new Problem('key-file', `There is no witness in ${folder}: make one with keyward witness init.`);
	const signer = await openFileKey(join(folder, 'keys'), KEY, sealed(sealFile));
	const name = (await readFile(join(folder, 'name'), 'utf8')).trim();
	const place = (kind: 'state' | 'accused', origin: string): string => join(folder, kind, fileName(origin));
	return {
		name,
		signer,
		verifierKey: noteVerifierKey({ name, publicKey: signer.publicKey }, signatureType.cosignature),
		logs: () => readLogs(folder),
		latest: async (origin, keys) => {
			const note = await readIfThere(place('state', origin));
			if (note === null) return null;
			const [first, ...more] = keys.filter((key) => key.name === origin);
			for (const key of more) {
				try {
					return openCheckpoint(note, key);
				} catch (error) {
					if (!(error instanceof Problem)) throw error;
				}
			}
			if (first === undefined) throw new Problem('ledger-broken', `The key of ${origin} is not trusted any more.`);
			return openCheckpoint(note, first);
		},
		keep: async (origin, note) => void (await writeDurably(place('state', origin), note, 'replace')),
		accuse: async (origin, note) => {
			const cosigned = (await readIfThere(place('state', origin))) ?? '';
			await writeDurably(place('accused', origin), `${cosigned}\n${note}`, 'keep');
		},
	};
};

/** Trusts these logs from now on, also while the witness runs. Throws `Problem('key-form')`. */
export const trustLogs = async (folder: string, texts: readonly string[]): Promise<NoteKey[]> => {
	const fresh = texts.map((text) => readVerifierKey(text.trim()));
	const known = new Set((await readLogs(folder)).map((key) => noteVerifierKey(key)));
	const text = await readFile(join(folder, 'logs'), 'utf8');
	const lines = fresh.map((key) => noteVerifierKey(key)).filter((key) => !known.has(key));
	await writeDurably(join(folder, 'logs'), `${text}${lines.map((line) => `${line}\n`).join('')}`, 'replace');
	return readLogs(folder);
};

const readLogs = async (folder: string): Promise<NoteKey[]> => {
	const text = await readIfThere(join(folder, 'logs'));
	if (text === null)
		throw new Problem('site-configuration', `There is no witness in ${folder}: make one with keyward witness init.`);
	return text
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '' && !line.startsWith('#'))
		.map((line) => readVerifierKey(line));
};

const readIfThere = (path: string): Promise<string | null> =>
	readFile(path, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});

import { copyFileSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporary, removeTemporary } from './temporary.ts';

/** The source that an attack meets in force. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** One check taken out. */
export interface Patch {
	/** Path from the root of the repository. */
	readonly file: string;
	/** Exact text that stands in the file once. */
	readonly find: string;
	readonly replace: string;
}

/** Makes copies of the source with patches in them; one copy serves all runs with the same patches. */
export interface SourceCopies {
	/** The root of the copy. Throws when a text to be replaced is not there exactly once. */
	with(patches: readonly Patch[]): Promise<string>;
	remove(): Promise<void>;
}

/**
 * The environment of a program that runs from the source. Copies lie at other paths: what one of them compiled serves the next by the
 * paths within it, and what a patch changed is compiled again.
 */
export const environmentOf = (source: string): NodeJS.ProcessEnv => {
	const { NODE_COMPILE_CACHE: cache } = process.env;
	if (cache === undefined || source === repository) return process.env;
	const within = join(source, 'node_modules/.cache/keyward');
	return { ...process.env, NODE_COMPILE_CACHE: within, NODE_COMPILE_CACHE_PORTABLE: '1' };
};

const isRun = (name: string): boolean => !name.endsWith('.test.ts') && name !== 'conformance';

/** The file itself under a second name, for the contents of 2,400 would take a second and a half; copied where the disk is another. */
const placeFile = (from: string, to: string): void => {
	try {
		linkSync(from, to);
	} catch {
		copyFileSync(from, to);
	}
};

const placeFolder = (from: string, to: string): void => {
	mkdirSync(to, { recursive: true });
	for (const entry of readdirSync(from, { withFileTypes: true })) {
		if (!isRun(entry.name) || entry.name === 'node_modules') continue;
		const place = entry.isDirectory() ? placeFolder : placeFile;
		place(join(from, entry.name), join(to, entry.name));
	}
};

const copySource = async (to: string): Promise<void> => {
	for (const part of ['packages', 'scripts/lib', 'examples', 'attacks/harness'])
		placeFolder(join(repository, part), join(to, part));
	placeFile(join(repository, 'package.json'), join(to, 'package.json'));
	// Packages of others are the same ones; those of ours are the copy's.
	const modules = join(to, 'node_modules');
	await mkdir(join(modules, '@keyward'), { recursive: true });
	for (const name of await readdir(join(repository, 'node_modules')))
		if (name !== '@keyward') await symlink(join(repository, 'node_modules', name), join(modules, name));
	for (const name of await readdir(join(repository, 'node_modules/@keyward')))
		await symlink(join(to, 'packages', name), join(modules, '@keyward', name));
};

const applyPatch = async (root: string, { file, find, replace }: Patch): Promise<void> => {
	const path = join(root, file);
	const parts = (await readFile(path, 'utf8')).split(find);
	if (parts.length !== 2)
		throw new Error(`the text to take out is in ${file} ${parts.length - 1} times, not once: ${find}`);
	// A new file in the place of the one that the repository has too.
	const patched = `${path}.patched`;
	await writeFile(patched, parts.join(replace));
	await rename(patched, path);
};

export const openSourceCopies = (): SourceCopies => {
	const made = new Map<string, Promise<string>>();
	const folders: string[] = [];
	const make = async (patches: readonly Patch[]): Promise<string> => {
		const root = makeTemporary('keyward-copy-');
		folders.push(root);
		await copySource(root);
		for (const patch of patches) await applyPatch(root, patch);
		return `${root}/`;
	};
	return {
		with: (patches) => {
			const key = JSON.stringify(patches);
			const copy = made.get(key) ?? make(patches);
			made.set(key, copy);
			return copy;
		},
		remove: async () => {
			for (const folder of folders) await removeTemporary(folder);
		},
	};
};

import { lstat, readFile } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { makeFolder } from './make-folder.ts';

/** Makes the folder with mode 0700, and its parents. An existing one is left as it is and must pass {@link requirePrivate}. */
export const makePrivateFolder = async (folder: string): Promise<void> => {
	await makeFolder(folder);
	await requirePrivate(folder);
};

/** Reads a file that nobody but this user may read. Throws `Problem('key-file')` when it is absent, open to others, or not a file. */
export const readPrivate = async (path: string): Promise<string> => {
	await requirePrivate(path);
	return readFile(path, 'utf8');
};

/** secrets-wrapped (CR 1.5): a key that others on the machine may read, or put another in place of, is not a key. */
export const requirePrivate = async (path: string): Promise<void> => {
	const found = await lstat(path).catch(() => null);
	if (found === null) throw new Problem('key-file', `There is no ${path}.`);
	if (found.isSymbolicLink())
		throw new Problem('key-file', `${path} is a symbolic link: keys are not followed through links.`);
	if ((found.mode & 0o077) !== 0) {
		const mode = (found.mode & 0o777).toString(8);
		throw new Problem('key-file', `${path} has mode ${mode}: run chmod ${found.isDirectory() ? '700' : '600'} on it.`);
	}
	const user = process.getuid?.();
	if (user !== undefined && found.uid !== user) {
		throw new Problem('key-file', `${path} belongs to another user: it must belong to the one who runs Keyward.`);
	}
};

import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Problem } from '@keyward/core';

const codeOf = (error: unknown): string =>
	error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';

/**
 * Makes a folder that its owner alone may open unless `mode` says otherwise, and those above it that are not there. Not by `mkdir`'s own recursion: under /proc
 * that never ends. Throws `Problem('file-unreadable')`.
 */
export const makeFolder = async (folder: string, mode = 0o700): Promise<void> => {
	const path = resolve(folder);
	const make = (): Promise<string | null> => mkdir(path, { mode }).then(() => null, codeOf);
	let failure = await make();
	if (failure === 'ENOENT' && dirname(path) !== path) {
		await makeFolder(dirname(path), mode);
		failure = await make();
	}
	if (failure === null) return;
	if (failure === 'EEXIST' && (await stat(path).catch(() => null))?.isDirectory() === true) return;
	throw new Problem('file-unreadable', `${path} cannot be made (${failure}): name a folder that can be written.`);
};

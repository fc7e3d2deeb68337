import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What {@link writeDurably} is to do when the file is there already. */
export type WhenPresent = 'keep' | 'replace';

/**
 * Writes a whole file with mode 0600 by way of a temporary beside it, and resolves when bytes and name are on the disk: after a
 * crash there is the whole file or what was there before. With `keep` an existing file stays as it is, and false is given.
 */
export const writeDurably = async (
	path: string,
	contents: string | Uint8Array,
	whenPresent: WhenPresent,
	mode = 0o600,
): Promise<boolean> => {
	const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
	try {
		const file = await open(temporary, 'wx', mode);
		try {
			await file.writeFile(contents);
			await file.sync();
		} finally {
			await file.close();
		}
		if (whenPresent === 'replace') await rename(temporary, path);
		// A link fails where the name is taken; a rename would put a new key in an old one's place.
		else if (!(await linkUnlessPresent(temporary, path))) return false;
	} catch (error) {
		// The system names no file where a write fails: a full disk, a quota.
		if (error instanceof Error && !('path' in error)) Object.assign(error, { path });
		throw error;
	} finally {
		await rm(temporary, { force: true });
	}
	await syncFolder(dirname(path));
	return true;
};

/** Resolves when the names in it, those that are gone included, are on the disk. */
export const syncFolder = async (path: string): Promise<void> => {
	const folder = await open(path, 'r');
	try {
		await folder.sync();
	} finally {
		await folder.close();
	}
};

const linkUnlessPresent = async (from: string, to: string): Promise<boolean> => {
	try {
		await link(from, to);
		return true;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
		throw error;
	}
};

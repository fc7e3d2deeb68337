import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Problem } from '@keyward/core';
import { syncFolder } from '@keyward/custody';
import type { SignedFile } from '@keyward/owner';
import { diskRoom } from '../ingest/disk.ts';

/** Contents of releases in the data folder, each in a file that is named by its SHA-256: written once, never changed. */
export interface ReleaseFiles {
	pathOf(file: Pick<SignedFile, 'sha256'>): string;
	/**
	 * Has every one of these files here, durably; those that are not yet are copied from `from`, each under the name of its SHA-256.
	 * Throws `release-refused` for contents that are not there or not what was signed, `disk-short`.
	 */
	take(files: readonly SignedFile[], from: string | null): Promise<void>;
	/** Removes what none of these is, halves of a copy included. */
	keepOnly(files: readonly SignedFile[]): Promise<void>;
}

const PART = '.part';

export const releaseFiles = (folder: string, reserve: number): ReleaseFiles => {
	const pathOf: ReleaseFiles['pathOf'] = ({ sha256 }) => join(folder, sha256);
	const isThere = async (file: SignedFile): Promise<boolean> => {
		const found = await stat(pathOf(file)).catch(() => null);
		return found?.isFile() === true && found.size === file.length;
	};
	return {
		pathOf,
		take: async (files, from) => {
			const missing = new Map<string, SignedFile>();
			for (const file of files) if (!(await isThere(file))) missing.set(file.sha256, file);
			if (missing.size === 0) return;
			const [first] = missing.values();
			if (from === null)
				throw refused(
					`the contents of ${first?.path ?? ''} are not here: give them with keyward release publish FOLDER`,
				);
			await mkdir(folder, { recursive: true, mode: 0o700 });
			const size = [...missing.values()].reduce((sum, { length }) => sum + length, 0);
			const { free } = await diskRoom(folder);
			if (size > free - reserve)
				throw new Problem(
					'disk-short',
					`The release takes ${size} bytes, and ${free} are free: free space, then publish again.`,
				);
			for (const file of missing.values()) await copyVerified(join(from, file.sha256), pathOf(file), file);
			await syncFolder(folder);
			await syncFolder(dirname(folder));
		},
		keepOnly: async (files) => {
			const kept = new Set(files.map(({ sha256 }) => sha256));
			for (const name of await readdir(folder).catch(() => []))
				if (!kept.has(name)) await rm(join(folder, name), { force: true });
		},
	};
};

/** catalogue: firmware-signed. What is served under a signed name is what was signed: length and hash before the file has its name. */
const copyVerified = async (from: string, to: string, { path, length, sha256 }: SignedFile): Promise<void> => {
	// Not followed and not waited for: a link or a pipe on a stick is no release.
	const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
		(cause: unknown) => {
			throw new Problem('release-refused', `The contents of ${path} are not at ${from}, or cannot be read.`, { cause });
		},
	);
	const part = `${to}.${randomUUID()}${PART}`;
	try {
		const found = await source.stat();
		if (!found.isFile() || found.size !== length)
			throw refused(`${from} is not the file of ${length} bytes that was signed as ${path}`);
		const target = await open(part, 'wx', 0o600);
		try {
			const hash = createHash('sha256');
			let left = length;
			// It may grow meanwhile: no more is read than was signed (TUF 1.0.31 §5.7.3).
			for await (const chunk of source.createReadStream({
				autoClose: false,
				end: length - 1,
			}) as AsyncIterable<Buffer>) {
				hash.update(chunk);
				left -= chunk.length;
				await target.write(chunk);
			}
			if (left !== 0 || hash.digest('hex') !== sha256) throw refused(`${from} is not what was signed as ${path}`);
			await target.sync();
		} finally {
			await target.close();
		}
		await rename(part, to);
	} finally {
		await source.close();
		await rm(part, { force: true });
	}
};

const refused = (why: string): Problem => new Problem('release-refused', `The releases are refused: ${why}.`);

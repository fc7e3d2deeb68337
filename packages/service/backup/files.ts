import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Problem } from '@keyward/core';
import type { BackupFile } from './manifest.ts';

/** A file of a folder, and what changes when it does. */
export interface FoundFile {
	/** From the folder, with `/`. */
	readonly path: string;
	readonly stamp: string;
}

/** Every plain file below a folder, in order. Sockets are passed over. Throws `Problem('site-configuration')` at a link. */
export const listFiles = async (folder: string): Promise<FoundFile[]> => {
	const found: FoundFile[] = [];
	for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
		const path = join(entry.parentPath, entry.name);
		const name = path.slice(folder.length + 1);
		if (entry.isSymbolicLink()) {
			throw new Problem(
				'site-configuration',
				`${path} is a symbolic link: put the file itself there, or take it away.`,
			);
		}
		if (!entry.isFile()) continue;
		const there = await lstat(path).catch((error: unknown) => {
			// A file that is written beside its place, and was moved there since the folder was read.
			if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
			throw error;
		});
		if (there !== null) found.push({ path: name, stamp: `${there.ino} ${there.size} ${there.mtimeMs}` });
	}
	return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
};

/** Copies a file, private and durable, into a folder that is made when it is not there. */
export const copyFile = async (from: string, to: string): Promise<void> => {
	await mkdir(dirname(to), { recursive: true, mode: 0o700 });
	await pipeline(createReadStream(from), createWriteStream(to, { mode: 0o600, flags: 'wx', flush: true }));
};

/** Size and SHA-256 of a file of the folder. */
export const describeFile = async (folder: string, path: string): Promise<BackupFile> => {
	const hash = createHash('sha256');
	let size = 0;
	for await (const chunk of createReadStream(join(folder, path)) as AsyncIterable<Buffer>) {
		hash.update(chunk);
		size += chunk.length;
	}
	return { path, size, sha256: hash.digest('hex') };
};

/** Makes every name in the folder, and below it, durable. */
export const syncTree = async (folder: string): Promise<void> => {
	for (const entry of await readdir(folder, { withFileTypes: true })) {
		if (entry.isDirectory()) await syncTree(join(folder, entry.name));
	}
	await syncFolder(folder);
};

export const syncFolder = async (folder: string): Promise<void> => {
	const handle = await open(folder, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
};

import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Problem } from '@keyward/core';
import { syncFolder, writeDurably } from '@keyward/custody';
import type { FileMap } from '@keyward/owner';

const LIST = 'current.json';
const FILES = 'repository';
const TIMESTAMP = 'timestamp.json';

/**
 * The owner's repository in the data folder. Every file but the timestamp has its version or hash in its name and is written once;
 * `current.json` names those that count and holds the timestamp, and is replaced in one step: after a crash there is the whole state of
 * before or after. Plain files, because that is what TUF defines and a backup of the data folder takes along.
 */
export interface OwnerFiles {
	/** Empty when nothing was ever published. Throws `Problem('store-failed')` when a file that counts is gone. */
	read(): Promise<FileMap>;
	/** Durable when it resolves; what counts no longer is removed. */
	write(files: FileMap): Promise<void>;
}

export const ownerFiles = (folder: string): OwnerFiles => {
	const home = join(folder, FILES);
	const pathOf = (name: string): string => join(home, encodeURIComponent(name));
	return {
		read: async () => {
			const text = await readFile(join(folder, LIST), 'utf8').catch((error: unknown) => {
				if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
				throw error;
			});
			if (text === null) return {};
			const { files, timestamp } = JSON.parse(text) as { files: string[]; timestamp: string };
			const entries = files.map(async (name) => {
				const found = await readFile(pathOf(name), 'utf8').catch((cause: unknown) => {
					throw new Problem('store-failed', `${pathOf(name)} of the owner is gone: restore it from a backup.`, {
						cause,
					});
				});
				return [name, found] as const;
			});
			return { ...Object.fromEntries(await Promise.all(entries)), [TIMESTAMP]: timestamp };
		},
		write: async ({ [TIMESTAMP]: timestamp = '', ...files }) => {
			await mkdir(home, { recursive: true, mode: 0o700 });
			await syncFolder(dirname(folder));
			await syncFolder(folder);
			const there = new Set(await readdir(home));
			for (const [name, text] of Object.entries(files))
				if (!there.has(encodeURIComponent(name))) await writeDurably(pathOf(name), text, 'keep');
			const names = Object.keys(files);
			await writeDurably(join(folder, LIST), `${JSON.stringify({ files: names, timestamp })}\n`, 'replace');
			const kept = new Set(names.map(encodeURIComponent));
			for (const name of there) if (!kept.has(name)) await rm(join(home, name), { force: true });
		},
	};
};

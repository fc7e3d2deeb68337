import { statfs } from 'node:fs/promises';
import type { Bytes } from '@keyward/core';

/** How much room a folder's file system has. */
export interface DiskRoom {
	readonly free: Bytes;
	readonly total: Bytes;
	/** Null where the file system does not count them. */
	readonly freeInodes: number | null;
	/** So little that writes may soon fail. */
	readonly short: boolean;
}

const LEAST_FREE: Bytes = 256 * 1024 * 1024;
const LEAST_INODES = 1000;

export const diskRoom = async (folder: string): Promise<DiskRoom> => {
	const { bavail, blocks, bsize, ffree, files } = await statfs(folder);
	const free = bavail * bsize;
	const freeInodes = files === 0 ? null : ffree;
	return {
		free,
		total: blocks * bsize,
		freeInodes,
		short: free < LEAST_FREE || (freeInodes !== null && freeInodes < LEAST_INODES),
	};
};

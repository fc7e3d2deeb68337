import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import type { Clock, Store } from '@keyward/core/port';
import { STORE_FILE } from '@keyward/store';
import { erasureVerified } from '../evidence/retirement.ts';
import type { DataKeys } from './data-keys.ts';

/** What an erasure did. */
export interface Erased {
	readonly keys: number;
	readonly readings: number;
	readonly remains: readonly string[];
}

const PAGE = 1000;
const CHUNK = 1024 * 1024;
/** A reader of the write-ahead log, a backup say, may keep what is destroyed in it for a moment. */
const TRIES = 3;

/**
 * Requirement erased-at-retirement (CR 4.2 and RE(2)): destroys the key of a device's readings, and verifies it: the key is not
 * listed, none of the readings opens, and the wrapped key's bytes are nowhere in the database's files. Throws
 * `Problem('store-failed')` when one of them does not hold.
 */
export const eraseReadings = async (
	{ data, store, keys, alone, clock }: ErasureOptions,
	application: string,
	device: string,
): Promise<Erased> => {
	const isOfDevice = (key: { application: string; device: string | null }): boolean =>
		key.application === application && key.device === device;
	const wrapped = (await store.dataKeys()).filter(isOfDevice).map((key) => key.wrapped);
	const streams = (await store.streams(application)).filter((stream) => stream.device === device);
	let left: string[] = [];
	for (let attempt = 0; attempt < TRIES; attempt++) {
		await alone(() => keys.destroy(application, device));
		left = await filesWith(data, wrapped);
		if (left.length === 0) break;
	}
	if ((await store.dataKeys()).some(isOfDevice) || left.length > 0) {
		throw new Problem(
			'store-failed',
			`The key of ${device} is destroyed, and a copy of it is still in ${left.join(' and ') || STORE_FILE}: end what reads the database, a backup say, and ask again.`,
		);
	}
	let readings = 0;
	for (const { id, first, last } of streams) {
		readings += last - first + 1;
		// A read-back that finds nothing.
		const [row] = await store.read(id, first - 1, PAGE);
		if (row !== undefined)
			throw new Problem(
				'store-failed',
				`Reading ${row.cursor} of ${device} can still be read: it was stored in plain.`,
			);
	}
	await store.putFacts([erasureVerified({ application, id: device }, clock.now())]);
	return { keys: wrapped.length, readings, remains: REMAINS };
};

export interface ErasureOptions {
	/** The data folder. */
	readonly data: string;
	/** Gives what was sent. */
	readonly store: Store;
	readonly keys: Pick<DataKeys, 'destroy'>;
	/** Runs work with no commit under way. */
	readonly alone: (work: () => Promise<unknown>) => Promise<unknown>;
	readonly clock: Clock;
}

const REMAINS = [
	'backups from before have the wrapped key: destroy them, or keep them and the seal apart until they are out of date',
	'flash media may hold the overwritten page until it is used again: without the seal, or the token, it opens nothing',
	'when and how often the device sent, its certificates and its entries in the audit log are kept',
	'readers keep what they were given',
];

/** Names of the database's files that have one of these in them. */
const filesWith = async (data: string, wrapped: readonly Uint8Array[]): Promise<string[]> => {
	const names = [STORE_FILE, `${STORE_FILE}-wal`];
	const found: string[] = [];
	for (const name of wrapped.length === 0 ? [] : names) {
		if (await fileHas(join(data, name), wrapped)) found.push(name);
	}
	return found;
};

const fileHas = async (path: string, wanted: readonly Uint8Array[]): Promise<boolean> => {
	const file = await open(path).catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	if (file === null) return false;
	try {
		const overlap = Math.max(...wanted.map(({ length }) => length)) - 1;
		const buffer = Buffer.alloc(overlap + CHUNK);
		let kept = 0;
		for (;;) {
			const { bytesRead } = await file.read(buffer, kept, CHUNK);
			if (bytesRead === 0) return false;
			const end = kept + bytesRead;
			if (wanted.some((one) => buffer.subarray(0, end).includes(Buffer.from(one)))) return true;
			kept = Math.min(overlap, end);
			buffer.copy(buffer, 0, end - kept, end);
		}
	} finally {
		await file.close();
	}
};

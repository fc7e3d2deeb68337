import { createHash } from 'node:crypto';
import { type FileHandle, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bytes, Problem } from '@keyward/core';
import type { Chunks, UpdateTarget } from '@keyward/core/update';
import type { FetchPart, FilePart } from '../roster/fetch-file.ts';
import type { UpdateFiles } from './update-files.ts';
import { isImage } from './verify-image.ts';

export interface DownloadOptions {
	readonly files: UpdateFiles;
	readonly target: UpdateTarget;
	/** Its name in the owner's repository. */
	readonly file: string;
	readonly chunks: Chunks | null;
	/** Files that may have chunks of it: the image that runs. */
	readonly known: readonly string[];
	readonly fetch: FetchPart;
	/** Bytes a second, at most. */
	readonly bandwidth: number | null;
}

export interface Downloaded {
	readonly fetched: Bytes;
	readonly reused: Bytes;
	readonly requests: number;
}

/** Larger pieces are not held in memory: such an image is fetched as one. */
const LARGEST_PIECE = 4 * 1024 ** 2;

/**
 * Brings the image, whole and verified, to where `files.imageOf` says; goes on with what an earlier one left. Never takes more than the
 * length that the owner signed (TUF 1.0.31 §5.7: endless data). Throws `release-refused` for what is not the image, `store-failed` for a
 * full disk, and what `fetch` throws; what came until then stays.
 */
export const downloadImage = async (options: DownloadOptions): Promise<Downloaded> => {
	const { files, target, chunks } = options;
	const { sha256, length } = target;
	const part = files.partOf(sha256);
	if (await isImage(files.imageOf(sha256), target)) return { fetched: 0, reused: 0, requests: 0 };
	await requireRoom(part, length);
	const file = await open(part, 'a').then(async (made) => {
		await made.close();
		return open(part, 'r+');
	});
	const tally = { fetched: 0, reused: 0, requests: 0 };
	try {
		if (chunks !== null && chunks.size <= LARGEST_PIECE) await inPieces(options, chunks, file, tally);
		else await asOne(options, file, tally);
		await file.sync();
	} catch (error) {
		throw isFull(error) ? noRoom(length) : error;
	} finally {
		await file.close();
	}
	if (!(await isImage(part, target))) {
		// What was left may have been poisoned: the next one begins from nothing.
		await rm(part, { force: true });
		throw refused(target, 'what came is not what the owner signed');
	}
	await files.keepImage(sha256);
	return tally;
};

type Tally = { -readonly [Name in keyof Downloaded]: Downloaded[Name] };

const asOne = async (options: DownloadOptions, file: FileHandle, tally: Tally): Promise<void> => {
	const { target } = options;
	let { size: at } = await file.stat();
	if (at > target.length) at = 0;
	tally.reused = at;
	if (at === target.length) return;
	const { from, body } = await take(options, at, target.length, tally);
	if (from === 0) at = 0;
	await file.truncate(at);
	for await (const bytes of body) {
		if (at + bytes.length > target.length) throw refused(target, `more than its ${target.length} bytes came`);
		await file.write(bytes, 0, bytes.length, at);
		at += bytes.length;
	}
	if (at < target.length) throw brokeOff(target, at);
};

/** Only what is not here already; each piece is looked at before it counts. */
const inPieces = async (options: DownloadOptions, chunks: Chunks, file: FileHandle, tally: Tally): Promise<void> => {
	const { target, known } = options;
	const { size, hashes } = chunks;
	const { length } = target;
	const missing = new Map<string, number[]>();
	for (const [index, sha256] of hashes.entries()) missing.set(sha256, [...(missing.get(sha256) ?? []), index]);
	const lengthOf = (index: number): number => Math.min(size, length - index * size);
	const put = async (bytes: Uint8Array): Promise<number> => {
		const sha256 = createHash('sha256').update(bytes).digest('hex');
		const places = missing.get(sha256) ?? [];
		for (const index of places) await file.write(bytes, 0, bytes.length, index * size);
		missing.delete(sha256);
		return places.length * bytes.length;
	};
	const left = (await file.stat()).size > 0;
	await file.truncate(length);
	if (left) {
		for (const index of hashes.keys()) {
			const bytes = await pieceOf(file, index * size, lengthOf(index));
			const sha256 = createHash('sha256').update(bytes).digest('hex');
			if (hashes[index] !== sha256) continue;
			tally.reused += await put(bytes);
		}
	}
	for (const path of known) tally.reused += await piecesOf(path, size, put);

	const open = [...missing.values()].map(([first]) => first ?? 0).toSorted((a, b) => a - b);
	for (const [first, last] of runsOf(open)) {
		const { from, body } = await take(options, first * size, last * size + lengthOf(last), tally);
		const start = from === 0 ? 0 : first;
		let index = start;
		let held: Uint8Array = new Uint8Array();
		for await (const bytes of body) {
			held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
			while (index < hashes.length && held.length >= lengthOf(index)) {
				const piece = held.subarray(0, lengthOf(index));
				held = held.subarray(piece.length);
				const isWanted = missing.has(hashes[index] ?? '');
				if ((await put(piece)) === 0 && isWanted) throw refused(target, `its piece ${index} is another one`);
				index += 1;
			}
			if (held.length > 0 && index >= hashes.length) throw refused(target, `more than its ${length} bytes came`);
		}
		if (index <= last) throw brokeOff(target, index * size);
		if (missing.size === 0) return;
	}
};

/** Neighbours are asked for at once. */
const runsOf = (indices: readonly number[]): [first: number, last: number][] => {
	const runs: [number, number][] = [];
	for (const index of indices) {
		const run = runs.at(-1);
		if (run !== undefined && run[1] === index - 1) run[1] = index;
		else runs.push([index, index]);
	}
	return runs;
};

const pieceOf = async (file: FileHandle, at: number, length: number): Promise<Uint8Array> => {
	const bytes = new Uint8Array(length);
	const { bytesRead } = await file.read(bytes, 0, length, at);
	return bytes.subarray(0, bytesRead);
};

const piecesOf = async (path: string, size: number, put: (bytes: Uint8Array) => Promise<number>): Promise<number> => {
	const file = await open(path, 'r').catch(() => null);
	if (file === null) return 0;
	let reused = 0;
	try {
		for (let at = 0; ; at += size) {
			const bytes = await pieceOf(file, at, size);
			if (bytes.length === 0) return reused;
			reused += await put(bytes);
		}
	} finally {
		await file.close();
	}
};

const take = async (
	{ fetch, file, bandwidth, target }: DownloadOptions,
	from: number,
	to: number,
	tally: Tally,
): Promise<FilePart> => {
	tally.requests += 1;
	const part = await fetch(file, from, to);
	if (part.from !== from && part.from !== 0) throw refused(target, 'another part came than was asked for');
	const counted = async function* (): AsyncGenerator<Uint8Array> {
		for await (const bytes of part.body) {
			tally.fetched += bytes.length;
			yield bytes;
			if (bandwidth !== null) await sleep((bytes.length / bandwidth) * 1000);
		}
	};
	return { from: part.from, body: counted() };
};

const refused = ({ path }: UpdateTarget, why: string): Problem =>
	new Problem('release-refused', `${path} was not taken: ${why}.`);

const brokeOff = ({ path, length }: UpdateTarget, at: number): Problem =>
	new Problem('site-unreachable', `${path} broke off at ${at} of ${length} bytes: it goes on from there.`);

const isFull = (error: unknown): boolean =>
	error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

const noRoom = (length: Bytes): Problem =>
	new Problem('store-failed', `The disk of this device has no room for an image of ${length} bytes: free space.`);

const requireRoom = async (part: string, length: Bytes): Promise<void> => {
	const { bavail, bsize } = await statfs(dirname(part));
	const held = await stat(part).then(
		({ blocks }) => blocks * 512,
		() => 0,
	);
	if (bavail * bsize + held < length) throw noRoom(length);
};

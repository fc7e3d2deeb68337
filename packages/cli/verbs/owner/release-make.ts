import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Problem } from '@keyward/core';
import type { Chunks } from '@keyward/core/update';
import { MOST_CHUNKS } from '@keyward/core/update';
import { type Change, parseChange, writeChange } from '@keyward/owner';
import { writeDurably } from '@keyward/custody';

/** A file that is copied into the folder of a release. */
export interface Copied {
	readonly length: number;
	readonly sha256: string;
}

const CHANGE = 'change.json';
const TARGETS = 'targets';

/** The folder of a release, carried from machine to machine. Throws `Problem('request-malformed')` where something is in it. */
export const makeFolder = async (folder: string): Promise<void> => {
	await mkdir(join(folder, TARGETS), { recursive: true });
	const found = (await readdir(folder)).filter((name) => name !== TARGETS);
	if (found.length > 0)
		throw new Problem(
			'request-malformed',
			`There is ${found[0] ?? ''} in ${folder} already: name a new folder with --out.`,
		);
};

const readable = async (file: string): Promise<number> => {
	const found = await stat(file).catch((cause: unknown) => {
		throw new Problem('file-unreadable', `${file} cannot be read: check the path and its rights.`, { cause });
	});
	if (!found.isFile() || found.size === 0) throw new Problem('file-unreadable', `${file} is no file, or an empty one.`);
	return found.size;
};

/** Copies a file under its SHA-256, and takes the hashes of its pieces where `chunk` is their size. */
export const copyInto = async (
	folder: string,
	file: string,
	chunk: number | null,
): Promise<Copied & { readonly chunks: Chunks | null }> => {
	const size = await readable(file);
	// Few enough hashes for metadata that every device fetches.
	const piece = chunk === null ? null : Math.max(chunk, Math.ceil(size / MOST_CHUNKS / 4096) * 4096);
	const whole = createHash('sha256');
	const hashes: string[] = [];
	let [length, part, filled] = [0, createHash('sha256'), 0];
	const draft = join(folder, TARGETS, 'draft');
	await pipeline(
		createReadStream(file),
		async function* (source: AsyncIterable<Buffer>) {
			for await (const bytes of source) {
				whole.update(bytes);
				length += bytes.length;
				for (let at = 0; piece !== null && at < bytes.length;) {
					const take = bytes.subarray(at, at + piece - filled);
					part.update(take);
					[at, filled] = [at + take.length, filled + take.length];
					if (filled < piece) continue;
					hashes.push(part.digest('hex'));
					[part, filled] = [createHash('sha256'), 0];
				}
				yield bytes;
			}
		},
		createWriteStream(draft, { flush: true }),
	);
	if (filled > 0) hashes.push(part.digest('hex'));
	const sha256 = whole.digest('hex');
	await rename(draft, join(folder, TARGETS, sha256));
	return { length, sha256, chunks: piece === null ? null : { size: piece, hashes } };
};

export const readReleaseChange = async (folder: string): Promise<Change> =>
	parseChange(
		await readFile(join(folder, CHANGE), 'utf8').catch((cause: unknown) => {
			throw new Problem('file-unreadable', `${join(folder, CHANGE)} cannot be read: keyward release init makes it.`, {
				cause,
			});
		}),
	);

export const keepReleaseChange = async (folder: string, change: Change): Promise<void> => {
	await writeDurably(join(folder, CHANGE), writeChange(change), 'replace', 0o644);
};

/** What of a file the folder holds: contents that are not what would be signed are not signed. Throws `Problem('release-refused')`. */
export const requireContents = async (
	folder: string,
	{ path, length, sha256 }: Copied & { readonly path: string },
): Promise<void> => {
	const file = join(folder, TARGETS, sha256);
	const size = await readable(file);
	const found = createHash('sha256');
	if (size === length) await pipeline(createReadStream(file), found);
	if (size !== length || found.digest('hex') !== sha256)
		throw new Problem('release-refused', `${file} is not what would be signed as ${path}: make the release again.`);
};

export const contentsOf = (folder: string, sha256: string): string => join(folder, TARGETS, sha256);

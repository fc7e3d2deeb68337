import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type ErrorCode, Problem } from '@keyward/core';
import type { Chunks, UpdateTarget } from '@keyward/core/update';
import { mountSmallDisk } from '@keyward/testing/small-disk';
import { type DownloadOptions, downloadImage } from './download.ts';
import { updateFiles } from './update-files.ts';

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const SIZE = 65_536;

const targetOf = (image: Uint8Array): UpdateTarget => ({
	path: 'releases/hall/probe/2.0/image',
	...{ release: '2.0', securityFloor: 1, installer: 'directory', length: image.length, sha256: sha(image) },
});

const chunksOf = (image: Uint8Array): Chunks => ({
	size: SIZE,
	hashes: Array.from({ length: Math.ceil(image.length / SIZE) }, (_, index) =>
		sha(image.subarray(index * SIZE, (index + 1) * SIZE)),
	),
});

/** A mirror that breaks off after so many bytes, and may change what it gives. */
const mirror = (
	image: Uint8Array,
	{ upTo = Number.POSITIVE_INFINITY, whole = false, change = (b: Buffer) => b } = {},
) => ({
	asked: [] as [number, number][],
	async fetch(this: { asked: [number, number][] }, _file: string, from: number, to: number) {
		this.asked.push([from, to]);
		const start = whole ? 0 : from;
		const bytes = Buffer.from(image.subarray(start, whole ? image.length : to));
		const body = async function* () {
			const sent = change(bytes);
			for (let at = 0; at < sent.length; at += 10_000) {
				if (at >= upTo) throw new Problem('site-unreachable', 'cut');
				yield sent.subarray(at, Math.min(at + 10_000, sent.length));
			}
		};
		return { from: start, body: body() };
	},
});

const open = async (t: TestContext, image: Uint8Array, at?: string) => {
	const folder = at ?? (await mkdtemp(join(tmpdir(), 'kw-download-')));
	if (at === undefined) t.after(() => rm(folder, { recursive: true, force: true }));
	const files = await updateFiles(folder);
	const target = targetOf(image);
	const bring = (from: ReturnType<typeof mirror>, more: Partial<DownloadOptions> = {}) =>
		downloadImage({
			...{ files, target, file: 'image', chunks: null, known: [], bandwidth: null },
			fetch: (file, start, end) => from.fetch(file, start, end),
			...more,
		});
	const there = () => readFile(files.imageOf(target.sha256));
	return { folder, files, target, bring, there };
};

const fails = (code: ErrorCode) => (error: unknown) => error instanceof Problem && error.code === code;

test('a download goes on where it was cut, whole or in pieces, and takes a whole file where that comes', async (t) => {
	const image = randomBytes(400_000);
	for (const chunks of [null, chunksOf(image)]) {
		const { bring, there } = await open(t, image);
		await assert.rejects(bring(mirror(image, { upTo: 200_000 }), { chunks }), fails('site-unreachable'));
		const second = mirror(image);
		const { fetched, reused } = await bring(second, { chunks });
		assert.deepEqual(await there(), image);
		assert.ok(fetched + reused === image.length && reused >= 3 * SIZE, `${fetched} ${reused}`);
		assert.equal(second.asked.length, 1);
		const again = mirror(image);
		await bring(again, { chunks });
		assert.equal(again.asked.length, 0);
		const other = await open(t, image);
		await assert.rejects(other.bring(mirror(image, { upTo: 200_000 }), { chunks }), fails('site-unreachable'));
		await other.bring(mirror(image, { whole: true }), { chunks });
		assert.deepEqual(await other.there(), image);
	}
});

test('what is not the image is refused, and so is what does not end; the next one begins from nothing', async (t) => {
	const image = randomBytes(300_000);
	const flip = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, index) => (index === 70_000 ? byte ^ 1 : byte)));
	const more = (bytes: Buffer): Buffer => Buffer.concat([bytes, randomBytes(100_000)]);
	for (const chunks of [null, chunksOf(image)]) {
		for (const change of [flip, more]) {
			const { bring, there } = await open(t, image);
			await assert.rejects(bring(mirror(image, { change }), { chunks }), fails('release-refused'));
			await bring(mirror(image), { chunks });
			assert.deepEqual(await there(), image);
		}
	}
});

test('a fix of 10 KB in an image of 50 MB: only the pieces that changed are fetched', async (t) => {
	const old = randomBytes(50_000_000);
	const image = Buffer.from(old);
	randomBytes(10_000).copy(image, 20_000_000);
	const { folder, bring, there } = await open(t, image);
	const known = join(folder, 'old');
	await writeFile(known, old);
	const { fetched, requests } = await bring(mirror(image), { chunks: chunksOf(image), known: [known] });
	assert.equal(sha(await there()), sha(image));
	assert.ok(fetched <= 2 * SIZE && requests === 1, `${fetched} bytes, ${requests} requests`);
});

test('a full disk is said before and during, and nothing of it counts', async (t) => {
	const disk = mountSmallDisk(t, 2);
	if (disk === null) return;
	t.after(() => disk.remove());
	const image = randomBytes(4_000_000);
	const { bring, there } = await open(t, image, disk.folder);
	await assert.rejects(bring(mirror(image)), fails('store-failed'));
	disk.resize(8);
	const during = mirror(image, {
		change: (bytes) => {
			disk.resize(2);
			return bytes;
		},
	});
	await assert.rejects(bring(during), fails('store-failed'));
	disk.resize(8);
	await bring(mirror(image));
	assert.deepEqual(await there(), image);
});

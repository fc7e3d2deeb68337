import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeEphemeralKey } from '@keyward/custody';
import { type FileMap, publishFiles } from '@keyward/owner';
import { makeOwner } from '@keyward/testing/owner/owner';
import { makeRelease, withRelease } from '@keyward/testing/owner/releases';

/** The exit code: the suite's protocol knows 0 and 1. */
const run = (words: readonly string[]): Promise<number> =>
	new Promise((resolve) => {
		execFile(process.execPath, [join(import.meta.dirname, '../../scripts/tuf-client.ts'), ...words], (error) =>
			resolve(error === null ? 0 : Number(error.code)),
		);
	});

test('the client of the conformance suite keeps its protocol: init, refresh, download', async (t) => {
	const now = Date.now();
	const online = makeEphemeralKey();
	const { keys, repository } = await makeOwner(now, online.publicKey);
	const made = makeRelease('1.0.0');
	const released = await withRelease(repository, made, keys.slice(0, 2), now);
	let files: FileMap = await publishFiles(released, online, now);
	const { sha256 } = made.contents.image;
	let image: Uint8Array = made.bytes.image;
	const asked: string[] = [];
	const server = createServer((request, response) => {
		const path = (request.url ?? '').slice(1);
		asked.push(path);
		const body = path.startsWith('metadata/')
			? files[path.slice('metadata/'.length)]
			: path === `targets/releases/hall/probe/1.0.0/${sha256}.image`
				? Buffer.from(image)
				: undefined;
		response.statusCode = body === undefined ? 404 : 200;
		response.end(body);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const folder = await mkdtemp(join(tmpdir(), 'kw-tuf-'));
	t.after(async () => {
		server.close();
		await rm(folder, { recursive: true });
	});
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const [metadata, targets, root] = ['metadata', 'targets', 'root.json'].map((name) => join(folder, name)) as [
		string,
		string,
		string,
	];
	await writeFile(root, files['1.root.json'] ?? '');
	const here = ['--metadata-dir', metadata];
	const at = [...here, '--metadata-url', `${url}/metadata`];
	const download = (name: string): Promise<number> =>
		run([...at, '--target-name', name, '--target-base-url', `${url}/targets`, '--target-dir', targets, 'download']);
	const path = 'releases/hall/probe/1.0.0/image';

	assert.equal(await run([...here, 'init', join(folder, 'absent')]), 1);
	assert.equal(await run([...here, 'init', root]), 0);
	assert.deepEqual([await readdir(metadata), asked], [['root.json'], []], 'init asks for nothing');
	assert.equal(await run([...at, 'refresh']), 0);
	const plain = ['root.json', 'snapshot.json', 'targets.json', 'timestamp.json'];
	assert.deepEqual((await readdir(metadata)).toSorted(), plain, 'names without versions');
	image = new Uint8Array(made.bytes.image.length);
	assert.equal(await download(path), 1, 'another content');
	image = made.bytes.image;
	assert.equal(await download(path), 0);
	const [stored = ''] = await readdir(targets);
	assert.equal(hash('sha256', await readFile(join(targets, stored))), sha256);
	asked.length = 0;
	assert.equal(await download(path), 0);
	assert.equal(asked.filter((one) => one.startsWith('targets/')).length, 0, 'what is there is not fetched again');
	assert.equal(await download('releases/hall/probe/9.9.9/image'), 1);
	// What goes back is refused, and what was trusted stays.
	const trusted = await readFile(join(metadata, 'timestamp.json'), 'utf8');
	files = { ...files, 'timestamp.json': (files['timestamp.json'] ?? '').replace('"version":', '"version": 1') };
	assert.equal(await run([...at, 'refresh']), 1);
	assert.equal(await readFile(join(metadata, 'timestamp.json'), 'utf8'), trusted);
	assert.equal(await run([...here, 'forget']), 1);
});

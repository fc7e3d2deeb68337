import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { givenPath } from './given-path.ts';
import { found } from './scan.fixture.ts';
import { walk } from './walk.ts';

const root = temporaryFolder('keyward-walk-');
const folder = (name: string): string => {
	mkdirSync(join(root, name), { recursive: true });
	return join(root, name);
};
const file = (path: string, content = 'x'): void => writeFileSync(join(root, path), content);

const walked = async (...paths: string[]) => {
	const files: string[] = [];
	const skipped: string[] = [];
	for await (const one of walk(paths)) {
		if ('reason' in one) skipped.push(`${basename(one.path)}: ${one.reason}`);
		else files.push(one.path.slice(root.length + 1));
	}
	return { files, skipped };
};

test('files in the order of names, each once however it is reached', async () => {
	folder('plain/b');
	for (const name of ['plain/c', 'plain/a', 'plain/b/2', 'plain/b/1']) file(name);
	linkSync(join(root, 'plain/a'), join(root, 'plain/hard'));
	symlinkSync(join(root, 'plain/c'), join(root, 'plain/soft'));
	const { files, skipped } = await walked(join(root, 'plain'));
	assert.deepEqual(files, ['plain/a', 'plain/b/1', 'plain/b/2', 'plain/c']);
	assert.deepEqual(skipped, []);
	const twice = await walked(join(root, 'plain/b'), join(root, 'plain/b/1'), join(root, 'plain/b'));
	assert.deepEqual(twice.files, ['plain/b/1', 'plain/b/2']);
});

test('loops of links end, and are said', async () => {
	folder('loop/deep');
	folder('elsewhere');
	file('loop/deep/key');
	file('elsewhere/other');
	symlinkSync('..', join(root, 'loop/deep/up'));
	symlinkSync('/', join(root, 'loop/all'));
	symlinkSync('self', join(root, 'loop/self'));
	symlinkSync('gone', join(root, 'loop/broken'));
	symlinkSync(join(root, 'elsewhere'), join(root, 'loop/out'));
	symlinkSync(join(root, 'elsewhere'), join(root, 'loop/out-again'));
	symlinkSync(join(root, 'loop'), join(root, 'elsewhere/back'));
	const { files, skipped } = await walked(join(root, 'loop'));
	assert.deepEqual(files, ['loop/deep/key', 'loop/out/other']);
	assert.deepEqual(skipped, [
		'all: a link back to a folder that it lies in, not followed',
		'broken: a link that leads nowhere, or a file that is gone',
		'up: a link back to a folder that it lies in, not followed',
		'self: links that lead to one another',
	]);
	const given = await walked(join(root, 'loop/out'));
	assert.deepEqual(given.files, ['loop/out/back/deep/key', 'loop/out/other']);
});

test('pipes, sockets and devices are skipped, and what is gone is said', async (t) => {
	folder('odd');
	execFileSync('mkfifo', [join(root, 'odd/pipe')]);
	const server = createServer().listen(join(root, 'odd/socket'));
	t.after(() => server.close());
	symlinkSync('/dev/zero', join(root, 'odd/zero'));
	const { files, skipped } = await walked(join(root, 'odd'), join(root, 'missing'));
	assert.deepEqual(files, []);
	assert.deepEqual(skipped, [
		'pipe: a pipe, skipped',
		'socket: a socket, skipped',
		'zero: a device, skipped',
		'missing: a link that leads nowhere, or a file that is gone',
	]);
});

test('a folder is read as one fleet: names do not count, and progress is told', async () => {
	folder('fleet');
	const { privateKey } = generateKeyPairSync('ed25519');
	file('fleet/photo.jpg', privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
	file('fleet/empty', '');
	const told: number[] = [];
	const { keys, files, bytes } = await found(join(root, 'fleet'), {
		onProgress: (progress) => told.push(progress.bytes),
	});
	assert.deepEqual([keys.length, files], [1, 2]);
	assert.equal(told.at(-1), bytes);
});

test('names in any encoding are read, and shown', async () => {
	const folder = Buffer.from(join(root, 'names'));
	mkdirSync(folder);
	const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' });
	// Latin-1, and a folder in it.
	const name = Buffer.from('/pumpe-\xfc.key', 'latin1');
	writeFileSync(Buffer.concat([folder, name]), pem);
	mkdirSync(Buffer.concat([folder, Buffer.from('/\xff\xfe', 'latin1')]));
	writeFileSync(Buffer.concat([folder, Buffer.from('/\xff\xfe', 'latin1'), name]), pem);
	const { keys, problems } = await found(join(root, 'names'));
	assert.deepEqual(problems, []);
	assert.deepEqual(
		keys.map(({ at }) => at.file.slice(folder.length)),
		['/pumpe-\\xfc.key', '/\\xff\\xfe/pumpe-\\xfc.key'],
	);
});

test('a pipe given by its name is read, as a shell gives one for <(…); a device so given is not read, and counts', async () => {
	const pipe = join(root, 'given.pipe');
	execFileSync('mkfifo', [pipe]);
	const psk = randomBytes(16).toString('hex');
	const reading = found(pipe);
	const [{ psks, problems, outcomes }] = await Promise.all([reading, writeFile(pipe, `serial,psk\npump-1,${psk}\n`)]);
	assert.deepEqual([psks.length, problems, outcomes.keys, outcomes['not-read']], [1, [], 1, 0]);
	const device = await found('/dev/zero');
	assert.deepEqual([device.problems.map(({ harmless }) => harmless), device.outcomes['not-read']], [[undefined], 1]);
});

test('a name that is no UTF-8 is found where it is given, unless another in its folder reads so', async () => {
	const base = folder('given');
	const octets = (name: string) => Buffer.from(join(base, name), 'latin1');
	mkdirSync(octets('d\xe4t'));
	writeFileSync(octets('d\xe4t/list.csv'), 'x');
	writeFileSync(octets('ger\xe4t.csv'), 'x');
	// As Node gives such arguments.
	const [one, inside] = ['ger\ufffdt.csv', 'd\ufffdt/list.csv'].map((name) => join(base, name));
	assert.deepEqual((await walked(one ?? '')).files, ['given/ger\\xe4t.csv']);
	assert.deepEqual((await walked(inside ?? '')).files, ['given/d\\xe4t/list.csv']);
	assert.equal(givenPath(join(base, 'x\ufffd')), null);
	writeFileSync(octets('ger\xf6t.csv'), 'x');
	assert.equal(givenPath(one ?? ''), null);
});

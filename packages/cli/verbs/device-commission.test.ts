import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openIdentity, renewalDue, renewIfDue } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { days, Problem } from '@keyward/core';
import { formatCommissioning, parseCommissioning } from '@keyward/core/enrol';
import { Command } from 'commander';
import { register as registerDevice } from './device-commission.ts';
import { register as registerReader } from './reader-commission.ts';

const fixture = fileURLToPath(new URL('../../service/enrolment/est-site.fixture.ts', import.meta.url));

/** A registrar in a separate process, asked line by line. */
const open = async (t: TestContext) => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-commission-'));
	const site = spawn(process.execPath, [fixture, join(folder, 'site')], { stdio: ['pipe', 'pipe', 'inherit'] });
	const lines = createInterface({ input: site.stdout })[Symbol.asyncIterator]();
	t.after(async () => {
		const ended = new Promise((resolve) => site.once('close', resolve));
		site.stdin.end();
		await ended;
		await rm(folder, { recursive: true, force: true });
	});
	const ask = async (line: string): Promise<string> => {
		site.stdin.write(`${line}\n`);
		const answer = await lines.next();
		return answer.done ? assert.fail('the site ended') : answer.value;
	};
	const clock = { offset: 0, now: () => Date.now() + clock.offset };
	return { folder, ask, clock };
};

const refuses = (promise: Promise<unknown>, code: string): Promise<void> =>
	assert.rejects(promise, (error) => error instanceof Problem && error.code === code, code);

const run = async (register: typeof registerDevice, ...args: string[]): Promise<void> => {
	const program = new Command().exitOverride();
	register(program);
	await program.parseAsync(args, { from: 'user' });
};

test('the verbs read the string from a file, never from an argument, and make a working identity', async (t) => {
	const { folder, ask } = await open(t);
	await writeFile(join(folder, 'd.txt'), await ask('device probe-1'));
	await writeFile(join(folder, 'r.txt'), await ask('reader desk'));
	t.mock.method(process.stdout, 'write', () => true);
	await run(
		registerDevice,
		'device',
		'commission',
		'--folder',
		join(folder, 'd'),
		'--from',
		join(folder, 'd.txt'),
		'--json',
	);
	await run(
		registerReader,
		'reader',
		'commission',
		'--folder',
		join(folder, 'r'),
		'--from',
		join(folder, 'r.txt'),
		'--allow-plain-key',
	);
	t.mock.restoreAll();
	assert.equal(process.exitCode ?? 0, 0);

	const device = await openIdentity(join(folder, 'd'));
	assert.deepEqual(
		[device.kind, device.application, device.id, device.class, device.plainKey],
		['device', 'hall', 'probe-1', 'probe', false],
	);
	assert.match(await readFile(device.keyFile, 'utf8'), /BEGIN ENCRYPTED PRIVATE KEY/);
	assert.equal((await stat(device.keyFile)).mode & 0o777, 0o600);
	const reader = await openIdentity(join(folder, 'r'));
	assert.deepEqual([reader.kind, reader.plainKey], ['reader', true]);
	assert.match(await readFile(reader.keyFile, 'utf8'), /BEGIN PRIVATE KEY/);
	for (const name of await readdir(join(folder, 'd'))) {
		const path = join(folder, 'd', name);
		if ((await stat(path)).isFile())
			assert.ok(
				!(await readFile(path, 'utf8')).includes(
					parseCommissioning(await readFile(join(folder, 'd.txt'), 'utf8')).token,
				),
			);
	}
});

test('cut short, it goes on with the same key; a folder of another is left alone', async (t) => {
	const { folder, ask, clock } = await open(t);
	const home = join(folder, 'home');
	const string = await ask('device probe-1');
	const options = { commissioning: string, folder: home, kind: 'device', clock } as const;
	const first = await commission(options);
	const key = (await first.signer()).publicKey;
	// As if the power failed after the certificate came and before the identity was written.
	await rm(join(home, 'identity.json'));
	await refuses(openIdentity(home), 'identity-file');
	const again = await commission(options);
	assert.deepEqual((await again.signer()).publicKey, key);
	assert.equal(again.leaf.serial, first.leaf.serial);
	assert.equal(await ask('certificates probe-1'), '1');

	const other = await ask('device probe-2');
	await refuses(commission({ ...options, commissioning: other }), 'device-exists');
	await refuses(commission({ ...options, kind: 'reader' }), 'commissioning-string');
	await refuses(commission({ ...options, folder: join(folder, 'thief') }), 'token-spent');
	clock.offset = days(2);
	await refuses(commission({ ...options, commissioning: other, folder: join(folder, 'late') }), 'token-expired');
});

test('a service whose CA is not the pinned one gets no token, nor one whose name is wrong', async (t) => {
	const { folder, ask, clock } = await open(t);
	const real = parseCommissioning(await ask('device probe-1'));
	const joinWith = (change: Partial<typeof real>) =>
		commission({
			commissioning: formatCommissioning({ ...real, ...change }),
			folder: join(folder, 'd'),
			kind: 'device',
			clock,
		});
	await refuses(joinWith({ serviceCa: new Uint8Array(32).fill(1) }), 'service-not-trusted');
	// Passes every byte on to the real service, but has its own name.
	const { port } = new URL(real.est);
	const relay = createServer((socket) => {
		const onward = connect(Number(port), '127.0.0.1');
		socket.pipe(onward).pipe(socket);
		socket.on('error', () => onward.destroy());
		onward.on('error', () => socket.destroy());
	});
	await new Promise<void>((resolve) => relay.listen(0, '127.0.0.2', resolve));
	t.after(() => relay.close());
	const { port: relayed } = relay.address() as AddressInfo;
	await refuses(joinWith({ est: `https://127.0.0.2:${relayed}` }), 'service-not-trusted');
	await refuses(joinWith({ est: 'https://localhost:1' }), 'site-unreachable');
	await refuses(openIdentity(join(folder, 'd')), 'identity-file');
	assert.equal((await joinWith({})).id, 'probe-1');
});

test('renewal at two thirds of its life, under the old certificate, with the same key', async (t) => {
	const { folder, ask, clock } = await open(t);
	const home = join(folder, 'd');
	const before = await commission({ commissioning: await ask('device probe-1'), folder: home, kind: 'device', clock });
	const { notBefore, notAfter, serial } = before.leaf;
	const due = renewalDue(before);
	const life = notAfter - notBefore;
	assert.ok(due >= Math.floor(notBefore + (life * 2) / 3) && due <= notBefore + life * 0.72);
	assert.equal(await renewIfDue(before, due - 1), false);
	assert.equal(await renewIfDue(before, due), false, 'not by the clock of the service');
	await ask(`advance ${days(22)}`);
	assert.equal(await renewIfDue(before, due), true);
	const after = await openIdentity(home);
	assert.notEqual(after.leaf.serial, serial);
	assert.deepEqual(after.leaf.publicKey, before.leaf.publicKey);
	assert.ok(after.leaf.notAfter > notAfter);
	await refuses(renewIfDue(before, notAfter + 1), 'certificate-expired');
});

test('a key file that others may read, and a damaged identity, stop with their code', async (t) => {
	const { folder, ask, clock } = await open(t);
	const home = join(folder, 'd');
	const identity = await commission({
		commissioning: await ask('device probe-1'),
		folder: home,
		kind: 'device',
		clock,
	});
	await chmod(identity.keyFile, 0o640);
	await refuses(identity.signer(), 'key-file');
	await writeFile(join(home, 'identity.json'), '{"version":1}');
	await refuses(openIdentity(home), 'identity-file');
});

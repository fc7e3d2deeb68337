import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { openPorts } from './open-ports.ts';
import { runningServices } from './running-services.ts';

test('an open port is told, one that only this machine reaches is not', async () => {
	const [open, own, udp] = [createServer(), createServer(), createSocket('udp4')];
	await Promise.all([
		once(open.listen(0, '0.0.0.0'), 'listening'),
		once(own.listen(0, '127.0.0.1'), 'listening'),
		once(udp.bind(0, '0.0.0.0'), 'listening'),
	]);
	const portOf = (at: string | AddressInfo | null): number => (typeof at === 'object' ? (at?.port ?? 0) : 0);
	try {
		const told = [`tcp/${portOf(open.address())}`, `udp/${portOf(udp.address())}`];
		assert.deepEqual(await openPorts('program', '/proc', 0), told);
		const machine = (await openPorts('machine', '/proc', 0)) ?? [];
		assert.ok(told.every((port) => machine.includes(port)));
		assert.ok(!machine.includes(`tcp/${portOf(own.address())}`));
	} finally {
		open.close();
		own.close();
		udp.close();
	}
	assert.deepEqual(await openPorts('program', '/proc', 0), []);
});

test('where the kernel shows nothing, nothing is told', async () => {
	const proc = temporaryFolder('keyward-proc-');
	assert.equal(await openPorts('machine', proc, 0), null);
	assert.equal(await openPorts('program', proc, 0), null);
	const systemd = await runningServices('/nonexistent');
	if (systemd === null) {
		const stats = { 1: '1 (init) S 0 1', 7: '7 (a) b) S 1 7', 8: '8 (sh) S 7 8', 9: '9 (sshd) S 1 9' };
		for (const [id, text] of Object.entries(stats)) {
			await mkdir(join(proc, id));
			await writeFile(join(proc, id, 'stat'), text);
		}
		assert.deepEqual(await runningServices(proc), ['a__b', 'sshd']);
	}
});

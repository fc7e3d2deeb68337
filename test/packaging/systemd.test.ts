import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@keyward/testing/folder';
import { commandPath, needs } from '@keyward/testing/debian';

const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** Paths of an installed package, as they are here. */
const inCheckout = (text: string): string =>
	text.replaceAll('/opt/keyward/bin/', `${root}/packages/cli/bin/`).replaceAll('/opt/keyward', root);

test('systemd understands the unit, and finds it little exposed', async (t) => {
	if (!needs(t, 'systemd-analyze')) return;
	const analyze = commandPath('systemd-analyze') ?? 'systemd-analyze';
	const folder = temporaryFolder('keyward-unit-');
	const unit = join(folder, 'keyward.service');
	const text = await readFile(join(root, 'packaging/systemd/keyward.service'), 'utf8');
	// What is packed is in the checkout; man pages and mounts are the machine's own.
	await writeFile(unit, inCheckout(text));
	const run = (...words: string[]): { status: number | null; said: string } => {
		const { status, stdout, stderr } = spawnSync(analyze, words, { encoding: 'utf8', timeout: 20_000 });
		return { status, said: stdout + stderr };
	};
	const verified = run('verify', '--man=no', unit);
	assert.equal(verified.status, 0, verified.said);
	assert.doesNotMatch(verified.said, /keyward\.service/);
	const { status, said } = run('security', '--offline=yes', '--threshold=20', '--no-pager', unit);
	assert.equal(
		status,
		0,
		said
			.split('\n')
			.filter((line) => line.startsWith('✗') || line.startsWith('→'))
			.join('\n'),
	);
});

test('what the unit starts is there, and it gives no more than the service needs', async () => {
	const text = await readFile(join(root, 'packaging/systemd/keyward.service'), 'utf8');
	const [, command = ''] = /^ExecStart=(.*)$/m.exec(text) ?? [];
	for (const path of command.split(' ').filter((word) => word.startsWith('/opt/keyward/')))
		await readFile(inCheckout(path));
	for (const line of [
		'NoNewPrivileges=yes',
		'ProtectSystem=strict',
		'LimitCORE=0',
		'UMask=0077',
		'StateDirectoryMode=0700',
	])
		assert.ok(text.includes(`\n${line}\n`), line);
	const [, descriptors = ''] = /^LimitNOFILE=(\d+)$/m.exec(text) ?? [];
	assert.ok(Number(descriptors) >= 20_000, 'ten thousand connections and more');
});

/** Prints how many session tickets a client of Node's TLS server gets. */
const countTickets = `
	import { connect, createServer } from 'node:tls';
	const [psk, ciphers] = [Buffer.alloc(32, 1), 'TLS_AES_128_GCM_SHA256:PSK'];
	const server = createServer({ ciphers, pskCallback: () => psk }, (socket) => socket.end('.'));
	server.listen(0, '127.0.0.1', () => {
		const identity = { pskCallback: () => ({ psk, identity: 'probe' }), checkServerIdentity: () => undefined };
		let tickets = 0;
		connect({ port: server.address().port, host: '127.0.0.1', ciphers, ...identity })
			.on('session', () => tickets++)
			.on('close', () => server.close(() => console.log(tickets)))
			.resume();
	});
`;

test('the configuration that the unit and the image start with keeps OpenSSL from making session tickets', async () => {
	for (const file of ['packaging/systemd/keyward.service', 'packaging/container/Containerfile'])
		assert.match(await readFile(join(root, file), 'utf8'), /packaging\/openssl\.cnf/);
	const tickets = (...options: string[]): number =>
		Number(
			execFileSync(process.execPath, [...options, '--input-type=module', '--eval', countTickets], {
				encoding: 'utf8',
				timeout: 60_000,
			}),
		);
	assert.ok(tickets() > 0, 'as Node comes');
	assert.equal(tickets('--openssl-config', join(root, 'packaging/openssl.cnf')), 0);
});

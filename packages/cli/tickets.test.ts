import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('bin/keyward.js', import.meta.url));

test('a site that keyward serves sends no session ticket', async (t) => {
	const data = await mkdtemp(join(tmpdir(), 'keyward-tickets-'));
	const ports = ['--https-port', '0', '--mqtts-port', '0'];
	const site = spawn(process.execPath, [program, 'serve', '--data', data, '--json', ...ports], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = once(site, 'exit');
	t.after(async () => {
		site.kill();
		await ended;
		await rm(data, { recursive: true, force: true });
	});
	let text = '';
	for await (const part of site.stdout.setEncoding('utf8')) {
		text += String(part);
		if (text.endsWith('}\n')) break;
	}
	const { url } = JSON.parse(text) as { url: string };
	const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false });
	let tickets = 0;
	socket.on('session', () => tickets++);
	socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
	// Tickets come before whatever else a server writes.
	let said = '';
	for await (const part of socket.setEncoding('utf8')) said += String(part);
	assert.match(said, /^HTTP\/1\.1 200/);
	assert.equal(tickets, 0);
});

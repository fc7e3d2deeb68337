import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openPorts, requireFreePorts } from './open-ports.ts';

test('a port is open while this process listens on it, and no other process counts', async () => {
	const listening = async (): Promise<number[]> => {
		const found = await openPorts();
		assert.ok(found !== null, 'this test runs where there is /proc');
		return found.own.map(({ port }) => port);
	};
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	assert.ok((await listening()).includes(port));
	server.close();
	await once(server, 'close');
	assert.ok(!(await listening()).includes(port));
});

test('another process on the same port is found', async (t) => {
	const server = createServer().listen({ port: 0, host: '127.0.0.1', reusePort: true });
	t.after(() => server.close());
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	assert.deepEqual((await openPorts())?.shared, []);
	const program = `require('node:net').createServer().listen({ port: ${port}, host: '127.0.0.1', reusePort: true }, () => console.log('here'))`;
	const other = spawn(process.execPath, ['-e', program]);
	t.after(() => other.kill());
	await once(other.stdout, 'data');
	assert.deepEqual(
		(await openPorts())?.shared.map((one) => one.port),
		[port],
	);
});

test('a port that somebody listens on is not free, whatever kind its address is of and however that is written', async (t) => {
	for (const host of ['127.0.0.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'localhost', '::']) {
		const server = createServer().listen({ port: 0, host, reusePort: true });
		t.after(() => server.close());
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		await assert.rejects(requireFreePorts(host, [port]), { code: 'site-configuration' }, host);
		if (host !== '::') await requireFreePorts('2001:db8::1', [port]);
		server.close();
		await once(server, 'close');
		await requireFreePorts(host, [port]);
	}
});

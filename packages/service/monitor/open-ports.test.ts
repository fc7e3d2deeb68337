import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openPorts } from './open-ports.ts';

test('a port is open while this process listens on it, and no other process counts', async () => {
	const listening = async (): Promise<number[]> => {
		const found = await openPorts();
		assert.ok(found !== null, 'this test runs where there is /proc');
		return found.map(({ port }) => port);
	};
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	assert.ok((await listening()).includes(port));
	server.close();
	await once(server, 'close');
	assert.ok(!(await listening()).includes(port));
});

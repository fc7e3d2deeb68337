import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { createHandshakes } from './handshakes.ts';

test('an address holds only itself up: the next one begins, and goes on where one is over', async (t) => {
	const begun: Socket[] = [];
	let wake = (): void => {};
	const handshakes = createHandshakes(
		(socket) => {
			begun.push(socket);
			wake();
		},
		() => assert.fail('nobody is refused here'),
	);
	const until = async (count: number): Promise<void> => {
		while (begun.length < count) await new Promise<void>((resolve) => (wake = resolve));
	};
	const server = createServer({ pauseOnConnect: true }, (socket) => handshakes.arrive(socket));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const sockets: Socket[] = [];
	t.after(() => {
		for (const socket of [...sockets, ...begun]) socket.destroy();
		server.close();
	});
	const open = async (localAddress: string): Promise<void> => {
		const socket = connect({ host: '127.0.0.1', port, localAddress });
		socket.on('error', () => {});
		sockets.push(socket);
		await once(socket, 'connect');
	};
	// More than one address may have under way, and none of them says anything.
	for (let index = 0; index < 300; index++) await open('127.0.0.1');
	await until(256);
	await open('127.0.0.2');
	await until(257);
	assert.equal(begun.at(-1)?.remoteAddress, '127.0.0.2');
	assert.equal(begun.length, 257);
	// One of the first address's is done with, by its end or by its success.
	begun[0]?.destroy();
	await until(258);
	handshakes.over(begun[1]?.remoteAddress, begun[1]?.remotePort);
	await until(259);
	assert.equal(begun.filter(({ remoteAddress }) => remoteAddress === '127.0.0.1').length >= 257, true);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createHandshakes, type Handshakes } from './handshakes.ts';

interface Peers {
	readonly handshakes: Handshakes;
	readonly begun: readonly Socket[];
	/** Resolves when so many have begun. */
	until(count: number): Promise<void>;
	/** Connects, and says nothing. */
	open(localAddress: string, count?: number): Promise<void>;
}

const peers = async (t: TestContext, refused: () => void, clock: () => number): Promise<Peers> => {
	const begun: Socket[] = [];
	let wake = (): void => {};
	const handshakes = createHandshakes(
		(socket) => {
			begun.push(socket);
			wake();
		},
		refused,
		clock,
	);
	const server = createServer({ pauseOnConnect: true }, (socket) => handshakes.arrive(socket));
	server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 });
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const sockets: Socket[] = [];
	t.after(() => {
		for (const socket of [...sockets, ...begun]) socket.destroy();
		server.close();
	});
	return {
		...{ handshakes, begun },
		until: async (count) => {
			while (begun.length < count) await new Promise<void>((resolve) => (wake = resolve));
		},
		open: async (localAddress, count = 1) => {
			for (let index = 0; index < count; index++) {
				const socket = connect({ host: '127.0.0.1', port, localAddress });
				socket.on('error', () => {});
				sockets.push(socket);
				await once(socket, 'connect');
			}
		},
	};
};

test('an address holds only itself up: the next one begins, and goes on where one is over', async (t) => {
	const { handshakes, begun, until, open } = await peers(
		t,
		() => assert.fail('nobody is refused here'),
		() => performance.now(),
	);
	// More than one address may have under way, and none of them says anything.
	await open('127.0.0.1', 300);
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

test('anyone slow makes room for others of the address; where all are slow, they are given time', async (t) => {
	let [refused, now] = [0, 0];
	const count = (): void => void refused++;
	const { handshakes, begun, until, open } = await peers(t, count, () => now);
	const look = (at: number): number => {
		[refused, now] = [0, at];
		handshakes.look(10_000);
		return refused;
	};
	await open('127.0.0.1', 600);
	await until(256);
	assert.equal(look(1000), 0);
	assert.equal(look(1001), 256);
	await until(512);
	// Nobody was over: these have two seconds.
	assert.equal(look(3000), 0);
	handshakes.over(begun[256]?.remoteAddress, begun[256]?.remotePort);
	await until(513);
	assert.equal(look(3800), 255);
	await until(600);
	assert.equal(begun.length, 600, 'and who waited in line has begun');
});

test('who waits in line has three times as long as a peer that is waited for', async (t) => {
	let [refused, now] = [0, 0];
	const count = (): void => void refused++;
	const { handshakes, until, open } = await peers(t, count, () => now);
	await open('127.0.0.1', 257);
	await until(256);
	now = 30_000;
	handshakes.look(10_000);
	assert.equal(refused, 256, 'those that had begun');
	await until(257);
	await open('127.0.0.1', 256);
	await until(512);
	now = 60_001;
	handshakes.look(10_000);
	assert.equal(refused, 256 + 257);
});

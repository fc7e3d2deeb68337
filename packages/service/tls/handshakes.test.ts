import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createDeviceNetworks } from './device-networks.ts';
import { createHandshakes, type Handshakes } from './handshakes.ts';

interface Peers {
	readonly handshakes: Handshakes;
	readonly begun: readonly Socket[];
	readonly arrived: readonly Socket[];
	/** Resolves when so many have begun. */
	until(count: number): Promise<void>;
	/** Connects, and says nothing. */
	open(localAddress: string, count?: number, localPort?: number): Promise<Socket[]>;
	/** The same, as if from this address. */
	openAs(remoteAddress: string): Promise<void>;
}

const peers = async (
	t: TestContext,
	refused: () => void,
	clock: () => number,
	networks = createDeviceNetworks(),
): Promise<Peers> => {
	const begun: Socket[] = [];
	const arrived: Socket[] = [];
	let wake = (): void => {};
	const handshakes = createHandshakes(
		(socket) => {
			begun.push(socket);
			wake();
		},
		refused,
		clock,
		networks,
	);
	let as: string | null = null;
	const server = createServer({ pauseOnConnect: true }, (socket) => {
		if (as !== null) Object.defineProperty(socket, 'remoteAddress', { value: as });
		arrived.push(socket);
		handshakes.arrive(socket);
	});
	server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 });
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const sockets: Socket[] = [];
	t.after(() => {
		for (const socket of [...sockets, ...begun]) socket.destroy();
		server.close();
	});
	return {
		...{ handshakes, begun, arrived },
		openAs: async (remoteAddress) => {
			as = remoteAddress;
			const accepted = once(server, 'connection');
			const socket = connect({ host: '127.0.0.1', port });
			socket.on('error', () => {});
			sockets.push(socket);
			await accepted;
		},
		until: async (count) => {
			while (begun.length < count) await new Promise<void>((resolve) => (wake = resolve));
		},
		open: async (localAddress, count = 1, localPort = 0) => {
			const before = sockets.length;
			for (let index = 0; index < count; index++) {
				const socket = connect({ host: '127.0.0.1', port, localAddress, localPort });
				socket.on('error', () => {});
				sockets.push(socket);
				await once(socket, 'connect');
			}
			return sockets.slice(before);
		},
	};
};

const at = (sockets: readonly Socket[], index: number): Socket => {
	const socket = sockets[index];
	assert.ok(socket !== undefined);
	return socket;
};

test('a network holds only itself up: the next one begins, and goes on where one is over', async (t) => {
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
	handshakes.over(at(begun, 1), null);
	await until(259);
	assert.equal(begun.filter(({ remoteAddress }) => remoteAddress === '127.0.0.1').length >= 257, true);
});

test('anyone slow makes room for others of the network, but for one in eight; where those prove certificates, all are given time', async (t) => {
	let [refused, now] = [0, 0];
	const count = (): void => void refused++;
	const { handshakes, begun, until, open } = await peers(t, count, () => now);
	const look = (time: number): number => {
		[refused, now] = [0, time];
		handshakes.look(10_000);
		return refused;
	};
	await open('127.0.0.1', 900);
	await until(256);
	assert.equal(look(900), 0);
	assert.equal(look(901), 224);
	await until(480);
	// Anyone without a certificate may take as long as they like: nobody has more time for it.
	now = 1500;
	handshakes.over(at(begun, 0), null);
	await until(481);
	assert.equal(look(1802), 223);
	await until(704);
	now = 2000;
	handshakes.over(at(begun, 1), 'ab');
	await until(705);
	// It took 2,000 ms: an eighth of it is taken over, and four times as long is given.
	assert.equal(look(2802), 0);
	assert.equal(look(2803), 223);
	await until(900);
	assert.equal(begun.length, 900, 'and who waited in line has begun');
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
	assert.equal(refused, 256 + 1, 'and who had waited; nobody else did, so that the others need make no room');
});

test('a wall of connections from many addresses makes room, and keeps nobody out from where a device came before', async (t) => {
	let [refused, now] = [0, 0];
	const { handshakes, begun, until, open } = await peers(
		t,
		() => void refused++,
		() => now,
	);
	await open('127.0.0.9');
	await until(1);
	handshakes.over(at(begun, 0), 'ab');
	for (let network = 0; network < 520; network++) await open(`127.1.${network >> 8}.${network & 255}`);
	await until(513);
	await open('127.0.0.9');
	await until(514);
	assert.equal(begun.at(-1)?.remoteAddress, '127.0.0.9');
	now = 901;
	handshakes.look(10_000);
	assert.equal(refused, 512 - 64);
	await until(522);
});

test('a connection that is gone holds nothing: it is closed where it was reset before it was accepted, or comes again from its port', async (t) => {
	const { handshakes, arrived, until, open } = await peers(
		t,
		() => assert.fail('nobody is refused here'),
		() => performance.now(),
	);
	const reset = new Socket();
	handshakes.arrive(reset);
	assert.equal(reset.destroyed, true);
	await open('127.0.0.1', 256);
	await until(256);
	const [first] = await open('127.0.0.1');
	await open('127.0.0.1');
	assert.ok(first !== undefined);
	while (arrived.length < 258) await new Promise((resolve) => setImmediate(resolve));
	const port = first.localPort;
	const held = arrived.find(({ remotePort }) => remotePort === port);
	assert.ok(held !== undefined);
	const closed = once(held, 'close');
	first.resetAndDestroy();
	await open('127.0.0.1', 1, port);
	await closed;
});

test('a full line has a fair part for each network', () => {
	let refused = 0;
	const handshakes = createHandshakes(
		() => {},
		() => void refused++,
	);
	let port = 0;
	const arrive = (remoteAddress: string): void => {
		const socket = new Socket();
		Object.defineProperties(socket, { remoteAddress: { value: remoteAddress }, remotePort: { value: ++port } });
		handshakes.arrive(socket);
	};
	for (let count = 0; count < 5000; count++) arrive('192.0.2.1');
	for (let count = 0; count < 3192; count++) arrive('2001:db8::1');
	assert.equal(refused, 0);
	arrive('192.0.2.1');
	assert.equal(refused, 1, 'it has more than half of the line');
	arrive('2001:db8::2:1');
	assert.equal(refused, 1, 'a network of IPv6 is counted as one, and has not');
	arrive('192.0.2.2');
	assert.equal(refused, 1);
	arrive('2001:db8::3:1');
	assert.equal(refused, 2, 'it has more than a third');
	// An even part of the line for each of ever more networks is more than the line.
	let waiting = 8194;
	for (let network = 3; network < 12; network++) {
		const before = refused;
		while (refused === before) {
			arrive(`192.0.2.${network}`);
			waiting++;
		}
		waiting--;
	}
	assert.equal(waiting, 16_384);
});

test('a certificate that was revoked makes its network known no more, and what it took is not usual', async (t) => {
	let now = 0;
	const networks = createDeviceNetworks({ networks: [], revoked: [['thief', Infinity]] });
	const { handshakes, begun, until, openAs } = await peers(
		t,
		() => assert.fail('nobody is refused here'),
		() => now,
		networks,
	);
	for (const address of ['192.0.2.1', '192.0.2.2']) await openAs(address);
	await until(2);
	now = 60_000;
	assert.equal(handshakes.over(at(begun, 0), 'thief'), false);
	assert.equal(handshakes.over(at(begun, 1), 'honest'), true);
	assert.deepEqual([handshakes.known('192.0.2.1'), handshakes.known('192.0.2.2')], [false, true]);
	networks.revoked(['honest', Infinity]);
	assert.equal(handshakes.known('192.0.2.2'), false);
});

test('a subscriber with thousands of IPv6 networks holds only itself up; each counts alone once a device came from it', async (t) => {
	const { handshakes, begun, until, openAs } = await peers(
		t,
		() => assert.fail('nobody is refused here'),
		() => performance.now(),
	);
	for (let network = 0; network < 300; network++) await openAs(`2001:db8:1:${network.toString(16)}::1`);
	await until(256);
	await openAs('2001:db8:2::1');
	await until(257);
	assert.equal(begun.at(-1)?.remoteAddress, '2001:db8:2::1');
	// A device is there, and the next comes from its network: it waits for none of the subscriber's others.
	handshakes.over(at(begun, 7), 'certificate');
	assert.ok(handshakes.known('2001:db8:1:7') && !handshakes.known('2001:db8:1:8'));
	await until(258);
	await openAs('2001:db8:1:7::2');
	await until(259);
	assert.equal(begun.at(-1)?.remoteAddress, '2001:db8:1:7::2');
	assert.equal(begun.length, 259);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { boundConnections } from './bound-connections.ts';

/** A bounded listener; each connection to it comes from the address that is given. */
const listener = async (t: TestContext): Promise<(from: string) => Promise<Socket>> => {
	const ours = createServer();
	let from = '';
	ours.on('connection', (socket: Socket) => {
		Object.defineProperty(socket, 'remoteAddress', { value: from });
	});
	boundConnections(() => undefined, { each: 3, all: 6 })(ours);
	ours.listen({ host: '127.0.0.1', port: 0 });
	await once(ours, 'listening');
	const { port } = ours.address() as AddressInfo;
	t.after(() => {
		ours.closeAllConnections();
		ours.close();
	});
	return async (address) => {
		from = address;
		const accepted = once(ours, 'connection');
		const socket = connect({ host: '127.0.0.1', port });
		t.after(() => socket.destroy());
		socket.on('error', () => {});
		const [served] = (await accepted) as [Socket];
		return served;
	};
};

test('the oldest of a network ends for its newest', async (t) => {
	const open = await listener(t);
	const [first, ...others] = [
		await open('192.0.2.1'),
		await open('192.0.2.1'),
		await open('192.0.2.1'),
		await open('192.0.2.1'),
	];
	assert.ok(first?.destroyed);
	assert.ok(others.every(({ destroyed }) => !destroyed));
});

test('a subscriber with thousands of IPv6 networks keeps nobody else out', async (t) => {
	const open = await listener(t);
	const other = await open('2001:db8:2::1');
	const theirs: Socket[] = [];
	for (let network = 0; network < 20; network++) theirs.push(await open(`2001:db8:1:${network}::1`));
	const older = await open('192.0.2.1');
	for (let network = 20; network < 40; network++) theirs.push(await open(`2001:db8:1:${network}::1`));
	assert.ok(!other.destroyed && !older.destroyed);
	assert.deepEqual(
		theirs.slice(-4).map(({ destroyed }) => destroyed),
		[false, false, false, false],
	);
	assert.equal(theirs.filter(({ destroyed }) => !destroyed).length, 4);
});

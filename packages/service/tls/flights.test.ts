import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createFlights } from './flights.ts';

interface Given {
	readonly network: string;
	readonly size?: number;
	/** Milliseconds of processor time that it takes. */
	readonly cost?: number;
	readonly proves?: boolean;
}

const open = (t: TestContext, known: readonly string[] = []) => {
	let [now, used] = [0, 0];
	let wake = (): void => {};
	const read: string[] = [];
	const turns = createFlights(
		(network) => known.includes(network),
		() => now,
		() => used,
	);
	t.after(() => turns.stop());
	return {
		read,
		ask: ({ network, size = 2000, cost = 1, proves = false }: Given) => {
			const flight = {
				...{ network, size },
				give: () => {
					read.push(`${network} ${size}`);
					used += cost;
					wake();
					return proves;
				},
			};
			return Object.assign(flight, { atOnce: turns.ask(flight) });
		},
		forget: turns.forget,
		/** Resolves when so many were read in all. */
		until: async (count: number) => {
			while (read.length < count) await new Promise<void>((resolve) => (wake = resolve));
		},
		at: (time: number) => void (now = time),
	};
};

test('flights of networks with devices are read first, then of others in turn, and the shortest of each first', async (t) => {
	const { read, ask, forget, until } = open(t, ['d']);
	ask({ network: 'a', size: 8000 });
	ask({ network: 'a', size: 3000 });
	const gone = ask({ network: 'a', size: 100 });
	ask({ network: 'b', size: 3072 });
	ask({ network: 'c', size: 3073 });
	ask({ network: 'd', size: 9000 });
	forget(gone);
	await until(5);
	assert.deepEqual(read, ['d 9000', 'a 3000', 'b 3072', 'a 8000', 'c 3073'], 'and long ones last');
});

test('after one that cost much and proved nothing, others wait three times as long; devices do not', async (t) => {
	const { read, ask, until, at } = open(t, ['d']);
	ask({ network: 'a', cost: 102 });
	await until(1);
	at(299);
	ask({ network: 'b' });
	ask({ network: 'd' });
	await until(2);
	ask({ network: 'd' });
	await until(3);
	assert.deepEqual(read, ['a 2000', 'd 2000', 'd 2000']);
	at(300);
	ask({ network: 'a' });
	ask({ network: 'c' });
	await until(6);
	assert.deepEqual(read.slice(3), ['b 2000', 'c 2000', 'a 2000'], 'and who cost much comes last');
});

test('a network with devices rests alone for what cost much there', async (t) => {
	const { read, ask, until, at } = open(t, ['d', 'e']);
	ask({ network: 'd', cost: 102 });
	await until(1);
	at(299);
	for (const network of ['d', 'e', 'a']) ask({ network });
	await until(3);
	assert.deepEqual(read, ['d 2000', 'e 2000', 'a 2000']);
	at(300);
	await until(4);
});

test('what proves a certificate says what is dear: a slow machine is no attack', async (t) => {
	const { ask, until, at } = open(t);
	for (let count = 0; count < 100; count++) ask({ network: 'a', cost: 40, proves: true });
	await until(100);
	ask({ network: 'b', cost: 100 });
	await until(101);
	at(1);
	ask({ network: 'b' });
	await until(102);
});

test('while nobody waits, a device is read at once, for four milliseconds in a turn of the loop; anything else waits for its turn', async (t) => {
	const { read, ask, forget, until, at } = open(t, ['d', 'e']);
	assert.equal(ask({ network: 'd', cost: 3, proves: true }).atOnce, true);
	assert.equal(ask({ network: 'e', cost: 1, proves: true }).atOnce, true);
	assert.deepEqual(read, ['d 2000', 'e 2000']);
	const spent = ask({ network: 'd' });
	assert.equal(spent.atOnce, false, 'the time of this turn is over');
	await until(3);
	await new Promise<void>((resolve) => void setImmediate(resolve));
	for (const other of [{ network: 'a' }, { network: 'd', size: 3073 }]) {
		const waiting = ask(other);
		assert.equal(waiting.atOnce, false);
		assert.equal(ask({ network: 'e' }).atOnce, false, 'somebody waits');
		await until(read.length + 2);
		forget(waiting);
	}
	assert.equal(ask({ network: 'd', cost: 102 }).atOnce, true);
	await new Promise<void>((resolve) => void setImmediate(resolve));
	assert.equal(ask({ network: 'd' }).atOnce, false, 'it cost much and proved nothing');
	at(1000);
	await until(9);
});

test('who is not known has one turn for all IPv6 networks of a subscriber', async (t) => {
	const { read, ask, until } = open(t, ['2001:db8:1:d']);
	for (const at of ['a', 'b', 'c']) ask({ network: `2001:db8:1:${at}` });
	ask({ network: '2001:db8:2:a' });
	ask({ network: '2001:db8:1:d' });
	await until(5);
	assert.deepEqual(
		read.map((one) => one.split(' ')[0]),
		['2001:db8:1:d', '2001:db8:1:a', '2001:db8:2:a', '2001:db8:1:b', '2001:db8:1:c'],
	);
});

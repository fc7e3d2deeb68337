import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createScheduler, type Lane } from './lanes.ts';

/** A scheduler with a clock that only tasks move, and the turns of its loop by hand. */
const open = () => {
	const loop: (() => void)[] = [];
	const state = { time: 0 };
	const done: string[] = [];
	const rests: { readonly span: number; begin(): void }[] = [];
	const scheduler = createScheduler({
		now: () => state.time,
		yieldTurn: (then) => void loop.push(then),
		rest: (span, begin) => void rests.push({ span, begin }),
	});
	const ask = (lane: Lane, name: string, takes = 0): void =>
		scheduler.run(lane, () => {
			state.time += takes;
			done.push(name);
		});
	/** One turn of the loop: what was yielded to it. Gives what was done in it. */
	const next = async (): Promise<string[]> => {
		const before = done.length;
		for (const then of loop.splice(0)) {
			then();
			await turn();
		}
		return done.slice(before);
	};
	return { ask, next, done, rests };
};

test('lanes are served in their order, whatever came first', async () => {
	const { ask, next } = open();
	ask('strangers', 's');
	ask('followers', 'f');
	ask('certificates', 'c');
	ask('operator', 'o');
	assert.deepEqual(await next(), ['o', 'c', 'f', 's']);
});

test('a message of a link runs at once, and a flood of them leaves the rest of the turn to the others', async () => {
	const { ask, next, done } = open();
	ask('strangers', 's');
	for (let count = 0; count < 20; count++) ask('links', `l${count}`, 1);
	assert.deepEqual(
		done,
		Array.from({ length: 8 }, (_, index) => `l${index}`),
		'its share of the turn',
	);
	const second = await next();
	assert.deepEqual(second, ['s', ...Array.from({ length: 8 }, (_, index) => `l${index + 8}`)]);
	ask('links', 'later');
	assert.deepEqual(await next(), ['l16', 'l17', 'l18', 'l19', 'later'], 'in the order of coming');
});

test('a flood of strangers costs each turn their share, and one task at least moves', async () => {
	const { ask, next } = open();
	for (let count = 0; count < 6; count++) ask('strangers', `s${count}`, 1);
	ask('certificates', 'c', 50);
	assert.deepEqual(await next(), ['c', 's0', 's1']);
	ask('strangers', 'dear', 50);
	ask('operator', 'o');
	assert.deepEqual(await next(), ['o', 's2', 's3']);
	assert.deepEqual(await next(), ['s4', 's5']);
	assert.deepEqual(await next(), ['dear']);
	assert.deepEqual(await next(), []);
});

test('what a task does behind promises that are kept already counts as its time', async () => {
	const state = { time: 0 };
	const loop: (() => void)[] = [];
	const done: number[] = [];
	const scheduler = createScheduler({
		now: () => state.time,
		yieldTurn: (then) => void loop.push(then),
		rest: () => assert.fail('no link has anything'),
	});
	for (let count = 0; count < 3; count++) {
		scheduler.run('strangers', () => {
			void (async () => {
				for (let hops = 0; hops < 10; hops++) await Promise.resolve();
				state.time += 5;
				done.push(count);
			})();
		});
	}
	loop.shift()?.();
	await turn();
	assert.deepEqual(done, [0]);
});

test('while links have something, the other lanes rest as long as they worked', async () => {
	const { ask, next, done, rests } = open();
	for (const name of ['s0', 's1', 's2']) ask('strangers', name, 5);
	assert.deepEqual(await next(), ['s0']);
	assert.equal(rests.length, 0, 'no link has anything');
	ask('links', 'l');
	assert.deepEqual(await next(), ['s1']);
	assert.deepEqual(
		rests.map(({ span }) => span),
		[5],
	);
	assert.deepEqual(await next(), []);
	rests[0]?.begin();
	await turn();
	assert.equal(done.at(-1), 's2');
});

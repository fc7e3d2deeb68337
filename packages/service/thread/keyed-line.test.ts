import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyedLine } from './keyed-line.ts';

test('tasks of one name run one after another; where more would wait than may, the oldest that waits is let go', async () => {
	const line = createKeyedLine(2);
	const gate = Promise.withResolvers<void>();
	const ran: string[] = [];
	const add = (name: string, what: string): Promise<string> =>
		line(name, async () => {
			ran.push(what);
			await gate.promise;
			return what;
		});
	const first = add('a', 'first');
	// It has begun: from here on it waits for nobody.
	await Promise.resolve();
	const old = add('a', 'old');
	const told = assert.rejects(old, { code: 'service-busy' });
	const [third, newest] = [add('a', 'third'), add('a', 'newest')];
	await told;
	const other = add('b', 'other');
	await new Promise((resolve) => setImmediate(resolve));
	assert.deepEqual(ran, ['first', 'other']);
	gate.resolve();
	assert.deepEqual(await Promise.all([first, third, newest, other]), ['first', 'third', 'newest', 'other']);
	assert.deepEqual(ran, ['first', 'other', 'third', 'newest']);
	await assert.rejects(
		line('a', () => Promise.reject(new TypeError('broken'))),
		TypeError,
	);
	assert.equal(await add('a', 'after'), 'after');
});

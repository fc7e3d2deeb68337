import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whileWaiting } from './progress-line.ts';

/** A terminal that tells when it is written to. */
const terminal = (isTTY: boolean) => {
	const written: string[] = [];
	const heard = Promise.withResolvers<void>();
	const write = (text: string): void => {
		written.push(text);
		heard.resolve();
	};
	return { isTTY, written, write, heard: heard.promise };
};

test('a long wait is told on a terminal, and its line is empty after it', async () => {
	const line = terminal(true);
	assert.equal(
		await whileWaiting(
			'verifying',
			line.heard.then(() => 7),
			line,
			{ after: 0, every: 1 },
		),
		7,
	);
	assert.match(line.written[0] ?? '', /verifying, \d+ s$/);
	assert.equal(line.written.at(-1), '\r\u001b[K');
	const failing = terminal(true);
	const work = failing.heard.then(() => Promise.reject(new Error('no')));
	await assert.rejects(whileWaiting('verifying', work, failing, { after: 0, every: 1 }), /no/);
	assert.equal(failing.written.at(-1), '\r\u001b[K');
});

test('what is over soon, or no terminal hears, writes nothing', async () => {
	const line = terminal(true);
	await whileWaiting('verifying', Promise.resolve(), line);
	const pipe = terminal(false);
	await whileWaiting('verifying', new Promise((resolve) => setTimeout(resolve, 20)), pipe, { after: 0, every: 1 });
	assert.deepEqual([line.written, pipe.written], [[], []]);
});

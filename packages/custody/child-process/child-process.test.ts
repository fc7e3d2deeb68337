import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { minutes, Problem, seconds } from '@keyward/core';
import type { Echo } from './echo.fixture.ts';
import { type Child, ChildLost, startChild } from './parent.ts';

const program = new URL('./echo.fixture.ts', import.meta.url);
const bytes = new TextEncoder().encode('swordfish');
const patience = minutes(2);

const start = (t: TestContext, said: string[] = [], lines: string[] = []): Child<Echo> => {
	const child = startChild<Echo>({
		program,
		keepsAlive: true,
		onEvent: (event) => said.push(event),
		onLine: (line) => lines.push(line),
	});
	t.after(() => child.kill());
	return child;
};

test('questions are answered, in whatever order, and what the child throws comes as it was', async (t) => {
	const child = start(t);
	const [first, second] = [new Uint8Array([1]), new Uint8Array([2, 3])];
	const asked = [child.ask({ do: 'echo', bytes: first }, patience), child.ask({ do: 'echo', bytes: second }, patience)];
	assert.deepEqual(await Promise.all(asked), [first, second]);
	await assert.rejects(child.ask({ do: 'refuse', bytes }, patience), (error) => {
		return error instanceof Problem && error.code === 'token-pin' && error.detail === 'The PIN is wrong.';
	});
	await assert.rejects(child.ask({ do: 'throw', bytes }, patience), (error) => {
		return error instanceof Problem && error.code === 'internal' && error.detail.includes('a bug');
	});
	assert.deepEqual(await child.ask({ do: 'echo', bytes }, patience), bytes, 'it goes on after a failure');
});

test('what is told comes in its order, and a last word before the end is heard', async (t) => {
	const [said, lines]: [string[], string[]] = [[], []];
	const child = start(t, said, lines);
	for (const order of ['one', 'two', 'fail']) child.order(order);
	assert.match(await child.ended, /code 1/);
	assert.deepEqual(said, ['ONE', 'TWO', 'failed']);
	assert.deepEqual(lines.length, 3);
	child.order('lost');
	await assert.rejects(child.ask({ do: 'echo', bytes }, patience), ChildLost);
});

test('a child that crashes or hangs fails every question under way, and is gone', async (t) => {
	for (const [what, time, said] of [
		['crash', patience, /SIGABRT/],
		['hang', 200, /did not answer within 0.2 s/],
	] as const) {
		const child = start(t);
		const waiting = child.ask({ do: 'hang', bytes }, patience);
		const lost = [child.ask({ do: what, bytes }, time), waiting].map((asked) =>
			assert.rejects(asked, (error) => error instanceof ChildLost && said.test(error.message)),
		);
		await Promise.all(lost);
		await child.ended;
		assert.throws(() => process.kill(child.pid ?? 0, 0), { code: 'ESRCH' });
	}
});

test('a signal of the terminal does not end it; letting go of it does', async (t) => {
	const child = start(t);
	await child.ask({ do: 'echo', bytes }, patience);
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(child.pid ?? 0, signal);
	assert.deepEqual(await child.ask({ do: 'echo', bytes }, patience), bytes);
	await child.end(patience);
	assert.match(await child.ended, /code 0/);
	const hanging = start(t);
	const asked = assert.rejects(hanging.ask({ do: 'hang', bytes }, patience), ChildLost);
	await hanging.end(seconds(60));
	await asked;
});

test('nothing that it is told stands in its command line or environment', async (t) => {
	const child = start(t);
	await child.ask({ do: 'echo', bytes }, patience);
	for (const file of ['cmdline', 'environ']) {
		assert.ok(!readFileSync(`/proc/${child.pid}/${file}`, 'latin1').includes('swordfish'), file);
	}
});

test('a child that only waits keeps no process alive', async () => {
	const source = `
		const { startChild } = await import(${JSON.stringify(new URL('./parent.ts', import.meta.url).href)});
		const child = startChild({ program: new URL(${JSON.stringify(program.href)}) });
		await child.ask({ do: 'echo', bytes: new Uint8Array([7]) }, 60_000);
		process.stdout.write('asked');
	`;
	const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const output: string[] = [];
	parent.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
	const [code] = (await once(parent, 'close')) as [number | null];
	assert.deepEqual([code, output.join('')], [0, 'asked']);
});

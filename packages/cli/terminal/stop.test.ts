import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { test, type TestContext } from 'node:test';

/** A program that says what happens and, asked to stop, ends when its standard input does. */
const program = (t: TestContext, sameRequest: string): { child: ChildProcess; line: () => Promise<string> } => {
	const code = `
		import { untilStopped } from ${JSON.stringify(import.meta.resolve('./stop.ts'))};
		const { signal } = untilStopped(${sameRequest});
		signal.addEventListener('abort', () => console.log('stopping'));
		process.stdin.on('data', (bytes) => console.log('heard')).on('end', () => process.exit(0));
		console.log('up');
	`;
	const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', code], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	t.after(() => child.kill('SIGKILL'));
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	return { child, line: async () => String((await lines.next()).value) };
};

test('one key press that arrives several times asks to stop once', async (t) => {
	const { child, line } = program(t, 'Infinity');
	const ended = once(child, 'exit');
	assert.equal(await line(), 'up');
	child.kill('SIGINT');
	assert.equal(await line(), 'stopping');
	child.kill('SIGINT');
	child.kill('SIGTERM');
	// It is alive and answers after both.
	child.stdin?.write('still there\n');
	assert.equal(await line(), 'heard');
	child.stdin?.end();
	assert.deepEqual(await ended, [0, null]);
});

test('a signal that comes later ends the program at once', async (t) => {
	const { child, line } = program(t, '0');
	const ended = once(child, 'exit');
	assert.equal(await line(), 'up');
	child.kill('SIGTERM');
	assert.equal(await line(), 'stopping');
	child.kill('SIGINT');
	assert.deepEqual(await ended, [130, null]);
});

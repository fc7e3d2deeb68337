import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { test, type TestContext } from 'node:test';

/** Runs `program` through run.mjs, in a new process group; `line` gives what it says next. */
const through = (t: TestContext, program: string, passAfter: number) => {
	const code = `
		import { run } from ${JSON.stringify(import.meta.resolve('./run.mjs'))};
		const code = await run(process.execPath, ['--eval', ${JSON.stringify(program)}], { passAfter: ${passAfter} });
		console.log('ended', code);
	`;
	const outer = spawn(process.execPath, ['--input-type=module', '--eval', code], {
		stdio: ['ignore', 'pipe', 'inherit'],
		detached: true,
	});
	const { pid } = outer;
	assert(pid !== undefined);
	const ended = once(outer, 'close');
	t.after(async () => {
		if (outer.exitCode === null && outer.signalCode === null) process.kill(-pid, 'SIGKILL');
		await ended;
	});
	const lines = createInterface({ input: outer.stdout })[Symbol.asyncIterator]();
	return { pid, line: async () => String((await lines.next()).value) };
};

test('a program that already ends by the Ctrl-C of its terminal is not ended by the same once more', async (t) => {
	const program = `
		process.once('SIGINT', () => setTimeout(() => process.exit(0), 100));
		setInterval(() => {}, 1000);
		console.log('up');
	`;
	const { pid, line } = through(t, program, 600_000);
	assert.equal(await line(), 'up');
	process.kill(-pid, 'SIGINT');
	assert.equal(await line(), 'ended 0');
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	test(`${signal} sent to the outer process alone reaches the program`, async (t) => {
		const program = `
			process.once('${signal}', () => process.exit(7));
			setInterval(() => {}, 1000);
			console.log('up');
		`;
		const { pid, line } = through(t, program, 0);
		assert.equal(await line(), 'up');
		process.kill(pid, signal);
		assert.equal(await line(), 'ended 7');
	});
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { test, type TestContext } from 'node:test';

/** Runs `program` through run.mjs, by Node or by `command`; `line` gives what it says next. */
const through = (t: TestContext, program: string, [command, option] = [process.execPath, '--eval'], before = '') => {
	const code = `
		import { run } from ${JSON.stringify(import.meta.resolve('./run.mjs'))};
		${before}
		const code = await run(${JSON.stringify(command)}, [${JSON.stringify(option)}, ${JSON.stringify(program)}]);
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
		try {
			process.kill(-pid, 'SIGKILL');
		} catch {
			// All of them have ended.
		}
		await ended;
	});
	const lines = createInterface({ input: outer.stdout })[Symbol.asyncIterator]();
	return { pid, line: async () => String((await lines.next()).value) };
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	test(`a program that is ending by ${signal} already is not ended by the same once more`, async (t) => {
		if (process.platform !== 'linux') return t.skip('proc(5) is Linux’s');
		const program = `
			process.once('${signal}', () => setImmediate(() => {
				console.log('ending');
				setTimeout(() => process.exit(0), 300);
			}));
			setInterval(() => {}, 1000);
			console.log(process.pid);
		`;
		const { pid, line } = through(t, program);
		process.kill(Number(await line()), signal);
		assert.equal(await line(), 'ending');
		process.kill(pid, signal);
		assert.equal(await line(), 'ended 0');
	});
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	test(`${signal} sent to the outer process alone reaches the program, and ends one that has no handler`, async (t) => {
		for (const [handler, code] of [
			[`process.once('${signal}', () => process.exit(7));`, 7],
			['', { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]],
		] as const) {
			const { pid, line } = through(t, `${handler} setInterval(() => {}, 1000); console.log('up');`);
			assert.equal(await line(), 'up');
			process.kill(pid, signal);
			assert.equal(await line(), `ended ${code}`);
		}
	});
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	test(`${signal} reaches a program that is not Node at once`, async (t) => {
		// Whatever is put off is said, and done.
		const before = `
			globalThis.setTimeout = (callback) => {
				console.log('put off');
				return setImmediate(callback);
			};
		`;
		const { pid, line } = through(t, 'echo up; exec sleep 600', ['sh', '-c'], before);
		assert.equal(await line(), 'up');
		process.kill(pid, signal);
		assert.equal(await line(), `ended ${{ SIGINT: 130, SIGTERM: 143 }[signal]}`);
	});
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installMissing } from '@keyward/testing/debian';
import { buildNative } from './lib/native.mjs';
import { groupTests } from './lib/test-groups.ts';
import { run } from '../packages/cli/bin/run.mjs';

// What `npm test` runs, on the project's own Node and with its tools first on the PATH: `npm test` for everything,
// `npm test -- FILE…` (or other arguments of node --test) for the tests alone.

const root = fileURLToPath(new URL('../', import.meta.url));
const args = process.argv.slice(2);

const heading = (text: string): void => console.log(`\n── ${text}`);

const checks: readonly (readonly [string, string, readonly string[]])[] = [
	// The longest first. With its types, oxlint reports all that tsc does, by the tsconfig.json of each folder, and reads them once.
	['lint and types (oxlint)', 'oxlint', ['--type-aware', '--type-check', '--deny-warnings']],
	['format (oxfmt)', 'oxfmt', ['--check']],
	['dead code (knip)', 'knip', ['--no-progress', '--treat-config-hints-as-errors']],
];

/**
 * For the linter's checker of types, which is a program in Go: on one thread no type is made twice, and what it no longer needs is
 * collected only where it would take more than this much memory. A quarter of its processor time.
 */
const inGo = { GOMAXPROCS: '1', GOGC: 'off', GOMEMLIMIT: '3GiB' };

/** Runs the checks, one after the other, beside the tests. Says in their order what each said; gives what did not hold. */
const runChecks = async (): Promise<string[]> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-check-'));
	const failed: string[] = [];
	try {
		for (const [name, command, options] of checks) {
			heading(name);
			const said = await open(join(folder, 'said'), 'w+');
			try {
				const stdio = ['ignore' as const, said.fd, said.fd];
				const code = await run(command, options, { cwd: root, stdio, env: { ...inGo, ...process.env } });
				process.stdout.write(await readFile(join(folder, 'said')));
				if (code !== 0) failed.push(name);
			} finally {
				await said.close();
			}
		}
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
	return failed;
};

if (args.length === 0) {
	heading('Debian packages');
	installMissing();
	// A compiler may have come just now.
	await buildNative();
}

// Every test file and every program that a test starts is a separate process: compiled once, they start in half the time.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../node_modules/.cache/keyward', import.meta.url));
const { NODE_OPTIONS: given = '' } = process.env;
const env = { ...process.env, NODE_OPTIONS: `${given} --import=${new URL('lib/resolve.mjs', import.meta.url).href}` };
const everything = async (): Promise<string[]> => {
	const files: string[] = [];
	const pattern = '{packages,test,attacks,bench,examples,scripts}/**/*.test.ts';
	for await (const file of glob(pattern, { cwd: root, exclude: ['**/node_modules/**'] })) files.push(file);
	return files.toSorted();
};
// Most tests wait for other processes half of their time: four at a time keep two cores busy.
const options = ['--test', '--test-concurrency=4', '--test-reporter=spec', '--test-timeout=300000'];

/** Runs them beside the checks, and says nothing of them before those have been reported. */
const runTests = async (selection: readonly string[], reported: Promise<unknown>): Promise<number> => {
	const child = spawn(process.execPath, [...options, ...selection], {
		cwd: root,
		stdio: ['inherit', 'pipe', 'inherit'],
		env: { ...env, ...(process.stdout.isTTY && { FORCE_COLOR: '1' }) },
	});
	const held: Buffer[] = [];
	const hold = (bytes: Buffer): void => void held.push(bytes);
	child.stdout.on('data', hold);
	const closed = once(child, 'close') as Promise<[number | null]>;
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
	await reported.catch(() => child.kill());
	heading('tests (node --test)');
	child.stdout.off('data', hold);
	process.stdout.write(Buffer.concat(held));
	child.stdout.on('data', (bytes: Buffer) => process.stdout.write(bytes));
	return (await closed)[0] ?? 1;
};

const folder = await mkdtemp(join(tmpdir(), 'keyward-test-groups-'));
try {
	if (args.length === 0) {
		const checked = runChecks();
		const code = await runTests(groupTests(await everything(), root, folder), checked);
		const failed = await checked;
		process.exitCode = code;
		if (failed.length > 0) {
			console.error(`\nnot held: ${failed.join(', ')}`);
			process.exitCode = 1;
		}
	} else {
		heading('tests (node --test)');
		const limit = ['--import', './scripts/lib/test-limit.mjs'];
		process.exitCode = await run(process.execPath, [...limit, ...options, ...args], { cwd: root, env });
	}
} finally {
	await rm(folder, { recursive: true, force: true });
}

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
	// The longest first.
	['lint (oxlint)', 'oxlint', ['--type-aware', '--deny-warnings']],
	['types (tsc)', 'tsc', []],
	['types of the console (tsc)', 'tsc', ['-p', 'packages/console']],
	['format (oxfmt)', 'oxfmt', ['--check']],
	['dead code (knip)', 'knip', ['--no-progress', '--treat-config-hints-as-errors']],
];

/** Runs the checks, two at a time: each has parts that use one core alone. Says in their order what each said; gives what did not hold. */
const runChecks = async (): Promise<string[]> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-check-'));
	const ends = checks.map(() => Promise.withResolvers<number>());
	let next = 0;
	const lane = async (): Promise<void> => {
		for (let index = next++; index < checks.length; index = next++) {
			const [, command = '', options = []] = checks[index] ?? [];
			const said = await open(join(folder, `${index}`), 'w');
			try {
				ends[index]?.resolve(await run(command, options, { cwd: root, stdio: ['ignore', said.fd, said.fd] }));
			} finally {
				await said.close();
			}
		}
	};
	const failed: string[] = [];
	const report = async (): Promise<void> => {
		for (const [index, [name]] of checks.entries()) {
			heading(name);
			const code = await ends[index]?.promise;
			process.stdout.write(await readFile(join(folder, `${index}`)));
			if (code !== 0) failed.push(name);
		}
	};
	try {
		await Promise.all([lane(), lane(), report()]);
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
	const failed = await runChecks();
	if (failed.length > 0) {
		console.error(`\nnot held: ${failed.join(', ')}. The tests were not run.`);
		process.exit(1);
	}
}

heading('tests (node --test)');
// Every test file and every program that a test starts is a separate process: compiled once, they start in half the time.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../node_modules/.cache/keyward', import.meta.url));
const everything = async (): Promise<string[]> => {
	const files: string[] = [];
	const pattern = '{packages,test,attacks,bench,examples,scripts}/**/*.test.ts';
	for await (const file of glob(pattern, { cwd: root, exclude: ['**/node_modules/**'] })) files.push(file);
	return files.toSorted();
};
// Most tests wait for other processes half of their time: four at a time keep two cores busy.
const options = [
	'--import',
	'./scripts/lib/test-limit.mjs',
	'--test',
	'--test-concurrency=4',
	'--test-reporter=spec',
	'--test-timeout=300000',
];
const folder = await mkdtemp(join(tmpdir(), 'keyward-test-groups-'));
try {
	const selection = args.length === 0 ? groupTests(await everything(), root, folder) : args;
	process.exitCode = await run(process.execPath, [...options, ...selection], { cwd: root });
} finally {
	await rm(folder, { recursive: true, force: true });
}

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Cleanup } from '@keyward/testing/service/site';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

export interface Ended {
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
}

const environment = (data: string | undefined): NodeJS.ProcessEnv => {
	const others = Object.entries(process.env).filter(([name]) => !name.startsWith('KEYWARD_'));
	return { ...Object.fromEntries(others), ...(data === undefined ? {} : { KEYWARD_DATA: data }) };
};

/** Starts `keyward …` as a person would, under another program if one is named; the data folder goes by the environment. */
export const start = (words: readonly string[], data?: string, wrapper: readonly string[] = []): ChildProcess => {
	const [program = '', ...rest] = [...wrapper, process.execPath, main, ...words];
	return spawn(program, rest, { env: environment(data), stdio: 'pipe' });
};

/** Runs `keyward …` to its end. */
export const keyward = async (words: readonly string[], data?: string, input = ''): Promise<Ended> => {
	const child = start(words, data);
	const said = { stdout: '', stderr: '' };
	for (const name of ['stdout', 'stderr'] as const)
		child[name]?.setEncoding('utf8').on('data', (text: string) => {
			said[name] += text;
		});
	child.stdin?.on('error', () => undefined).end(input);
	const [status] = (await once(child, 'close')) as [number | null];
	return { status: status ?? -1, ...said };
};

/**
 * Runs one command line after the other in a single process, which loads the verbs once: for tests with many. Those that read standard
 * input, or end by a signal, take {@link keyward}.
 */
export const openCommandLines = (
	t: Cleanup,
	cwd = process.cwd(),
): ((words: readonly string[], data?: string) => Promise<Ended>) => {
	const child = fork(new URL('command-lines.fixture.ts', import.meta.url), {
		env: environment(undefined),
		cwd,
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	t.after(() => void child.kill('SIGKILL'));
	const gone = once(child, 'exit').then(([code, signal]) => {
		throw new Error(`the process of the command lines ended with ${signal ?? code}`);
	});
	gone.catch(() => undefined);
	return async (words, data) => {
		const answer = once(child, 'message');
		child.send({ words, data });
		const [ended] = (await Promise.race([answer, gone])) as [Ended];
		return ended;
	};
};

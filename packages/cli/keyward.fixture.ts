import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

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

/** Runs `keyward …` to its end in a process of that command line alone. */
export const keywardAlone = async (words: readonly string[], data?: string, input = ''): Promise<Ended> => {
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
 * Runs command lines, each to its end, in processes that have loaded the verbs: one after the other in the same, at once in as many. A line
 * that ends its process (`process.exit`, a signal) is an error: it takes {@link keywardAlone} or {@link start}.
 */
export const openCommandLines = (
	cwd: string,
): ((words: readonly string[], data?: string, input?: string) => Promise<Ended>) => {
	const idle: ChildProcess[] = [];
	const open = (): ChildProcess => {
		const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
		const options = { cwd, execArgv: [], stdio: [...stdio] };
		const child = fork(new URL('command-lines.fixture.ts', import.meta.url), options);
		// It ends with this process.
		child.unref();
		return child;
	};
	return async (words, data, input = '') => {
		const child = idle.pop() ?? open();
		child.channel?.ref();
		const over = new AbortController();
		const gone = once(child, 'exit', { signal: over.signal }).then(([code, signal]) => {
			throw new Error(`keyward ${words.join(' ')} ended its process with ${signal ?? code}`);
		});
		try {
			const answer = once(child, 'message', { signal: over.signal });
			child.send({ words, env: environment(data), input });
			const [ended] = (await Promise.race([answer, gone])) as [Ended];
			child.channel?.unref();
			idle.push(child);
			return ended;
		} finally {
			gone.catch(() => undefined);
			over.abort();
		}
	};
};

/** Runs `keyward …` to its end, with this on standard input, as one of many that a process runs. */
export const keyward = openCommandLines(process.cwd());

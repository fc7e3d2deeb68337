import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { tied } from '@keyward/testing/tied-process';
import { environmentOf } from './source-copy.ts';

/** What became of a command. */
export interface Ended {
	/** -1 when a signal ended it. */
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
	/** The code of the error that `--json` printed; null when there was no such error. */
	readonly code: string | null;
}

export interface CliOptions {
	/** The data folder; the attacked site's by default. */
	readonly data?: string;
	readonly input?: string;
	readonly env?: Readonly<Record<string, string>>;
}

export interface Cli {
	/** Runs `keyward …` to its end. */
	(words: readonly string[], options?: CliOptions): Promise<Ended>;
	/** Starts `keyward …`; it is killed when the run is over. */
	start(words: readonly string[], options?: CliOptions): ChildProcess;
}

const codeIn = (text: string): string | null => {
	for (const line of text.split('\n')) {
		const [, code] = /^\{"code":"([a-z0-9-]+)"/.exec(line) ?? [];
		if (code !== undefined) return code;
	}
	return null;
};

/** `keyward` of a source, run as a person would. */
export const openCli = (
	source: string,
	data: string | null,
	after: (end: () => unknown) => void,
	signal: AbortSignal,
): Cli => {
	const main = join(source, 'packages/cli/main.ts');
	const others = Object.entries(environmentOf(source)).filter(([name]) => !name.startsWith('KEYWARD_'));
	const start: Cli['start'] = (words, options = {}) => {
		const at = options.data ?? data;
		const env = { ...Object.fromEntries(others), ...(at !== null && { KEYWARD_DATA: at }), ...options.env };
		const child = spawn(...tied('KILL', process.execPath, [main, ...words]), { env, stdio: 'pipe', signal });
		child.on('error', () => {});
		after(() => child.kill('SIGKILL'));
		return child;
	};
	const run = async (words: readonly string[], options: CliOptions = {}): Promise<Ended> => {
		const child = start(words, options);
		const said = { stdout: '', stderr: '' };
		for (const name of ['stdout', 'stderr'] as const)
			child[name]?.setEncoding('utf8').on('data', (text: string) => {
				said[name] += text;
			});
		child.stdin?.on('error', () => undefined).end(options.input ?? '');
		const [status] = (await once(child, 'close')) as [number | null];
		return { status: status ?? -1, ...said, code: codeIn(said.stderr) ?? codeIn(said.stdout) };
	};
	return Object.assign(run, { start });
};

import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommandLine } from './command-line.ts';

// A process of `keyward` in keyward.fixture.ts: each message is one command line, run as main.ts would run it in a process.

let said = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const)
	process[name].write = (text: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
		said[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
		const told = rest.at(-1);
		if (typeof told === 'function') process.nextTick(told);
		return true;
	};

// Each command line finds what it is given on standard input, and an end.
let input = '';
let stdin: Readable | null = null;
const given = (): Readable => Readable.from(input === '' ? [] : [Buffer.from(input)], { objectMode: false });
Object.defineProperty(process, 'stdin', { get: () => (stdin ??= given()) });

/** What keeps this process from its end. */
const alive = (): string => process.getActiveResourcesInfo().toSorted().join();

process.on('disconnect', () => process.exit());
interface Line {
	readonly words: string[];
	readonly env: Record<string, string>;
	readonly input: string;
}

process.on('message', ({ words, env, ...line }: Line) => {
	({ input } = line);
	said = { stdout: '', stderr: '' };
	stdin = null;
	process.exitCode = 0;
	for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
	Object.assign(process.env, env);
	void runCommandLine(words).then(async () => {
		// A process ends when nothing keeps it: what a verb leaves open is waited for, here as there.
		while (alive() !== idle) await sleep(2);
		for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
		process.send?.({ status: process.exitCode ?? 0, ...said });
	});
});
const idle = alive();

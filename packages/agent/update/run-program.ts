import { spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { type Milliseconds, minutes, Problem } from '@keyward/core';

/** A program with fixed arguments: nothing that comes from outside is ever parsed by a shell. */
export interface Program {
	/** An absolute path. */
	readonly program: string;
	readonly arguments: readonly string[];
}

export interface ProgramOptions {
	/** What it is told beside its arguments. */
	readonly environment?: Readonly<Record<string, string>>;
	/** Held while it runs, also when the agent is killed meanwhile: the next one waits until it has ended. */
	readonly lock?: string;
	readonly within?: Milliseconds;
}

/** A slow flash and a large image. */
const PATIENCE: Milliseconds = minutes(30);
const PRINTED = 200_000;
/** Of what it prints, so much is told when it fails. */
const TOLD = 300;
const BUSY = 117;
const PATHS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Gives what it printed. Throws `Problem('install-failed')` with the end of it for any exit code but 0. */
export const runProgram = (
	{ program, arguments: fixed }: Program,
	{ environment = {}, lock, within = PATIENCE }: ProgramOptions = {},
): Promise<string> =>
	new Promise((resolve, reject) => {
		const waits = ['--timeout', String(Math.ceil(within / 1000)), '--conflict-exit-code', String(BUSY)];
		const [command, ...words] =
			lock === undefined ? [program, ...fixed] : ['/usr/bin/flock', ...waits, lock, program, ...fixed];
		const child = spawn(command ?? program, words, {
			shell: false,
			stdio: ['ignore', 'pipe', 'pipe'],
			env: { PATH: PATHS, ...busOf(process.env), ...environment },
		});
		// Node's own time limit goes on counting, and keeps the process, when the program could not be started.
		const limit = setTimeout(() => child.kill('SIGKILL'), within);
		let [out, said] = ['', ''];
		child.stdout.on('data', (bytes: Buffer) => {
			out = (out + bytes.toString('utf8')).slice(-PRINTED);
			said = (said + bytes.toString('utf8')).slice(-TOLD);
		});
		child.stderr.on('data', (bytes: Buffer) => {
			said = (said + bytes.toString('utf8')).slice(-TOLD);
		});
		const fail = (how: string): void => {
			const text = said.replaceAll(/\p{Cc}+/gu, ' ').trim();
			reject(new Problem('install-failed', `${program} ${how}${text === '' ? '' : `: ${text}`}`));
		};
		child.on('error', (error) => {
			clearTimeout(limit);
			fail(`cannot be started: ${error.message}`);
		});
		child.on('close', (code, signal) => {
			clearTimeout(limit);
			if (code === 0) resolve(out);
			else if (code === BUSY && lock !== undefined) fail('still waits for one that was started earlier');
			else fail(code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`);
		});
	});

/** Where D-Bus is, for programs that speak to a service; nothing else of our environment is theirs. */
const busOf = (environment: NodeJS.ProcessEnv): Record<string, string> =>
	Object.fromEntries(
		Object.entries(environment).flatMap(([name, value]) =>
			name.startsWith('DBUS_') && value !== undefined ? [[name, value]] : [],
		),
	);

/** Throws with what is wrong, by `wrong`. */
export const programOf = (value: unknown, what: string, wrong: (why: string) => Problem): Program => {
	if (typeof value !== 'object' || value === null) throw wrong(`says no program of ${what}`);
	const { program, arguments: fixed = [], ...more } = value as Readonly<Record<string, unknown>>;
	const [odd] = Object.keys(more);
	if (odd !== undefined) throw wrong(`says ${JSON.stringify(odd)} of ${what}, which is not known here`);
	// Found by a path of the environment, it could be another program.
	if (typeof program !== 'string' || !isAbsolute(program))
		throw wrong(`must name the program of ${what} by its absolute path`);
	if (!Array.isArray(fixed) || !fixed.every((one) => typeof one === 'string'))
		throw wrong(`must list the arguments of ${what} as texts`);
	return { program, arguments: fixed };
};

import { spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { type Milliseconds, minutes, Problem, seconds } from '@keyward/core';

/** A program with fixed arguments: nothing that comes from outside is ever parsed by a shell. */
export interface Program {
	/** An absolute path. */
	readonly program: string;
	readonly arguments: readonly string[];
}

export interface ProgramOptions {
	/** What it is told beside its arguments. */
	readonly environment?: Readonly<Record<string, string>>;
	/** Held while it runs, also when the agent is killed meanwhile: the next one waits until it has ended, `within` at most. */
	readonly lock?: string;
	readonly within?: Milliseconds;
}

/** A slow flash and a large image. */
const PATIENCE: Milliseconds = minutes(30);
const PRINTED = 200_000;
/** Of what it prints, so much is told when it fails. */
const TOLD = 300;
const BUSY = 117;
/** `timeout` says so of a program that it ended, and `SIGKILL` when that one did not heed it. */
const TOO_LONG = [124, 137];
/** For a program that was told to end; and for its last words, when something outside its process group holds on to its output. */
const GRACE: Milliseconds = seconds(10);
const PATHS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Gives what it printed. Throws `Problem('install-failed')` with the end of it for any exit code but 0. With a lock, the program is in a
 * process group that ends when the program does: SWUpdate 2022.12 leaves a helper behind that waits for ever, when it ends or is killed
 * before the helper said that it wants to know.
 */
export const runProgram = (
	{ program, arguments: fixed }: Program,
	{ environment = {}, lock, within = PATIENCE }: ProgramOptions = {},
): Promise<string> =>
	new Promise((resolve, reject) => {
		const [command, ...words] = [...(lock === undefined ? [] : lockedBy(lock, within)), program, ...fixed];
		const child = spawn(command ?? program, words, {
			shell: false,
			stdio: ['ignore', 'pipe', 'pipe'],
			env: { PATH: PATHS, ...busOf(process.env), ...environment },
			detached: lock !== undefined,
			// Behind a lock that is waited for, the program has its own time.
			timeout: lock === undefined ? within : 2 * within + 2 * GRACE,
			killSignal: lock === undefined ? 'SIGTERM' : 'SIGKILL',
		});
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
		child.on('error', (error) => fail(`cannot be started: ${error.message}`));
		child.on('exit', () => {
			if (lock !== undefined && child.pid !== undefined) endGroup(child.pid);
			const hold = setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), GRACE);
			child.once('close', () => clearTimeout(hold));
		});
		child.on('close', (code, signal) => {
			if (code === 0) resolve(out);
			else if (lock === undefined || code === null)
				fail(code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`);
			else if (code === BUSY) fail('still waits for one that was started earlier');
			else if (TOO_LONG.includes(code)) fail(`took longer than ${within / 1000} s, and was ended`);
			else fail(`ended with exit code ${code}`);
		});
	});

/** Only `flock` holds the lock, and what the program leaves behind does not; `timeout` ends the program also when the agent is gone. */
const lockedBy = (lock: string, within: Milliseconds): readonly string[] => {
	const span = String(Math.ceil(within / 1000));
	const flock = ['/usr/bin/flock', '--close', '--timeout', span, '--conflict-exit-code', String(BUSY), lock];
	return [...flock, '/usr/bin/timeout', '--foreground', `--kill-after=${GRACE / 1000}`, span];
};

const endGroup = (leader: number): void => {
	try {
		process.kill(-leader, 'SIGKILL');
	} catch (error) {
		// Nobody is left in it.
		if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
	}
};

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

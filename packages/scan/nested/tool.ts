import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

/** What a program of others may take that reads somebody's file: processor seconds, memory, real time. */
const CPU_SECONDS = 600;
const MEMORY = 2_147_483_648;
const MILLISECONDS = 1_200_000;
/** Longer output of errors is cut. */
const LONGEST_ERROR = 4096;

/** The path of the first of these programs that is installed; null without any. */
export const findTool = (names: readonly string[]): string | null => {
	const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/bin', '/sbin'];
	for (const name of names)
		for (const folder of folders) {
			// A relative folder would be the reader's own data.
			if (!isAbsolute(folder)) continue;
			try {
				accessSync(join(folder, name), constants.X_OK);
				return join(folder, name);
			} catch {
				// Not there.
			}
		}
	return null;
};

let confinement: readonly string[] | null = null;

/**
 * What confines a child where the system has it: no file can be written, memory and time are bounded (prlimit), and there is no
 * network (unshare, where an ordinary user may).
 */
const confined = (): readonly string[] => {
	if (confinement !== null) return confinement;
	const prlimit = findTool(['prlimit']);
	const unshare = findTool(['unshare']);
	const limits =
		prlimit === null
			? []
			: [prlimit, `--as=${MEMORY}`, `--cpu=${CPU_SECONDS}`, '--fsize=0', '--core=0', '--nofile=64', '--'];
	const alone = unshare === null ? [] : [unshare, '--user', '--map-root-user', '--net', '--ipc', '--'];
	const works =
		alone.length > 0 &&
		spawnSync(alone[0] ?? '', [...alone.slice(1), 'true'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
	confinement = [...(works ? alone : []), ...limits];
	return confinement;
};

/** How a program ended. */
export interface Ended {
	/** Null when it was killed, or could not be started. */
	readonly code: number | null;
	readonly error: string;
}

/**
 * Runs a program of others on an open file, which it sees as `/dev/fd/3`: without a shell, without our environment, in an empty folder that
 * is removed, confined. `take` gets what it prints; what that throws ends the program and is thrown.
 */
export const runTool = async (
	program: string,
	args: readonly string[],
	file: number,
	take: (chunk: Buffer) => Promise<void>,
): Promise<Ended> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-'));
	const [command = program, ...before] = [...confined(), program, ...args];
	const child = spawn(command, before, {
		cwd: folder,
		env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C.UTF-8' },
		stdio: ['ignore', 'pipe', 'pipe', file],
	});
	// Not spawn's own limit: its clock keeps us alive where the child could not be started.
	const clock = setTimeout(() => child.kill('SIGKILL'), MILLISECONDS);
	let error = '';
	const ended = new Promise<number | null>((resolve) => {
		child.on('error', () => resolve(null));
		child.on('close', resolve);
	});
	try {
		// Without a process, as where too many files are open, there are no pipes either.
		const { stdout, stderr } = child as Partial<ChildProcess>;
		stderr?.on('data', (chunk: Buffer) => {
			if (error.length < LONGEST_ERROR) error += chunk.toString('latin1');
		});
		if (stdout) for await (const chunk of stdout as AsyncIterable<Buffer>) await take(chunk);
		return { code: await ended, error };
	} finally {
		clearTimeout(clock);
		child.kill('SIGKILL');
		await ended;
		await rm(folder, { recursive: true, force: true });
	}
};

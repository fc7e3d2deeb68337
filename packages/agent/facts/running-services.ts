import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isService, MOST_REPORTED } from '@keyward/core/device';

const run = promisify(execFile);
const LIST = ['list-units', '--type=service', '--state=running', '--plain', '--no-legend', '--no-pager'];
const INIT = 1;

/** Units of systemd; null where it does not run. */
const units = async (): Promise<string[] | null> => {
	try {
		const { stdout } = await run('systemctl', LIST, { timeout: 10_000 });
		const names = stdout.split('\n').flatMap((line) => /^(\S+)\.service\s/.exec(line)?.[1] ?? []);
		// It runs services itself, and so this lists some wherever it runs.
		return names.length === 0 ? null : names;
	} catch {
		return null;
	}
};

/** What an init without systemd runs: programs whose parent it is. Null where /proc does not show them. */
const daemons = async (proc: string): Promise<string[] | null> => {
	const ids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
	if (!ids.includes(String(INIT))) return null;
	const found: string[] = [];
	for (const id of ids) {
		// pid (name) state parent …: a name may have spaces and brackets in it (proc(5)).
		const text = await readFile(join(proc, id, 'stat'), 'latin1').catch(() => '');
		const [, name = '', parent] = /^\d+ \((.*)\) \S (\d+) /s.exec(text) ?? [];
		if (Number(parent) === INIT && Number(id) !== process.pid) found.push(name.replaceAll(/[^A-Za-z0-9:_.@+-]/g, '_'));
	}
	return found;
};

/** Names of the services that run on this machine, as its init knows them; null where it cannot be told. */
export const runningServices = async (proc = '/proc'): Promise<readonly string[] | null> => {
	const names = (await units()) ?? (await daemons(proc));
	if (names === null || names.length > MOST_REPORTED || !names.every(isService)) return null;
	return [...new Set(names)].toSorted();
};

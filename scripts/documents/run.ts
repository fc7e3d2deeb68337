import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tied } from '@keyward/testing/tied-process';

const root = fileURLToPath(new URL('../../', import.meta.url)).slice(0, -1);

/**
 * A machine for one page: its own network, so that the usual ports are free, and folders of the system that are gone with it. What the
 * page writes there (`/var/lib/keyward`, `/etc/keyward`, `/mnt`) reaches nobody.
 */
const machine = `
set -e
ip link set lo up
mkdir -p machine/etc machine/etc.work
mount -t tmpfs tmpfs machine && mkdir machine/etc machine/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=machine/etc,workdir=machine/work /etc
for folder in /mnt /media /var/lib /var/log; do mount -t tmpfs tmpfs "$folder"; done
exec bash page.sh
`;

/** Runs a page's script (`scriptOf`) in a folder, with the program that is installed in `packed`; what failed is named by page and line. */
export const runScript = async (
	file: string,
	text: string,
	folder: string,
	limit: number,
	packed?: string,
): Promise<{ readonly ok: boolean; readonly said: string }> => {
	// The first line of a page is its heading: the script's lines are the page's.
	await writeFile(join(folder, 'page.sh'), `. "$ROOT/scripts/documents/prelude.sh"; ${text}\nfinished=1\n`);
	const words = ['-rnm', '--pid', '--fork', '--kill-child', 'bash', '-c', machine];
	const child = spawn(...tied('KILL', 'unshare', words), {
		cwd: folder,
		env: {
			...process.env,
			ROOT: root,
			PAGE: file,
			HOME: folder,
			NO_COLOR: '1',
			...(packed !== undefined && { PACKED: packed }),
		},
		stdio: ['ignore', 'pipe', 'pipe'],
		timeout: limit,
		killSignal: 'SIGKILL',
	});
	let said = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (piece: string) => {
			said += piece;
		});
	const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
	if (signal !== null) said += `${file}: ended by ${signal}, after ${limit / 1000} s at the most\n`;
	return { ok: code === 0, said };
};

import { existsSync } from 'node:fs';
import { mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { syncFolder } from '@keyward/custody';
import { runProgram } from '../run-program.ts';
import type { Installer } from './port.ts';

const TAR = '/usr/bin/tar';
const SYNC = '/usr/bin/sync';
const [A, B] = ['a', 'b'];
/** Before the first installation. */
const NOTHING = 'none';

/** The image is a tar archive, unpacked into `a` or `b` of a folder; `current` is a symbolic link to the one that starts. */
export const directoryInstaller = (folder: string): Installer => {
	const current = join(folder, 'current');
	const active = async (): Promise<string> => (existsSync(current) ? readlink(current) : NOTHING);
	/** In one step: anyone who opens `current` finds one whole version or the other. */
	const start = async (slot: string): Promise<void> => {
		if (slot === NOTHING) await rm(current, { force: true });
		else {
			const next = join(folder, 'current.next');
			await rm(next, { force: true });
			await symlink(slot, next);
			await rename(next, current);
		}
		await syncFolder(folder);
	};
	return {
		slots: async () => {
			const from = await active();
			return { from, to: from === A ? B : A };
		},
		install: async ({ image, slots: { to } }) => {
			const slot = join(folder, to);
			await mkdir(folder, { recursive: true });
			if ((await active()) === to) throw new Problem('install-failed', `${slot} runs, and is not written over.`);
			await rm(slot, { recursive: true, force: true });
			await mkdir(slot);
			await runProgram({ program: TAR, arguments: ['-xf', image, '-C', slot, '--no-same-owner'] });
			// All of it on the disk before the link names it.
			await runProgram({ program: SYNC, arguments: ['-f', slot] });
			await start(to);
		},
		confirm: async () => undefined,
		fallBack: async ({ from }) => {
			// Both slots bad: a link into nothing would leave no version at all, and no agent to fetch the next one.
			if (from !== NOTHING && !existsSync(join(folder, from))) return `${join(folder, from)} is not there any more`;
			await start(from);
			return null;
		},
		inspect: async ({ image }) => {
			const slot = join(folder, await active());
			if (!existsSync(image)) return null;
			await runProgram({ program: TAR, arguments: ['-df', image, '-C', slot] }).catch((cause: unknown) => {
				throw changed(cause instanceof Problem ? cause.detail : 'its files differ from the image');
			});
			const list = await runProgram({ program: TAR, arguments: ['-tf', image, '--quoting-style=literal'] });
			const signed = new Set(list.split('\n').map((name) => name.replace(/^\.\//, '').replace(/\/$/, '')));
			for (const entry of await readdir(slot, { recursive: true, withFileTypes: true })) {
				const name = join(entry.parentPath, entry.name).slice(slot.length + 1);
				// EDR 3.14: a file that was put beside the signed ones may be started too.
				if (!entry.isDirectory() && !signed.has(name)) throw changed(`${JSON.stringify(name)} is not of the image`);
			}
			return 'authentic';
		},
	};
};

const changed = (why: string): Problem =>
	new Problem('boot-log-mismatch', `What runs is not what the owner signed: ${why}.`);

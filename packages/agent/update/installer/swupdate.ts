import { dirname } from 'node:path';
import { type Program, runProgram } from '../run-program.ts';
import { slotsOf } from './command.ts';
import type { Installer } from './port.ts';

const SWUPDATE = '/usr/bin/swupdate';

export interface SwupdateSettings {
	/** PEM: the certificate or public key that images are signed for besides (`-k`); absolute. */
	readonly key: string;
	/** For each slot, what of the image is for it (`-e`): `{ "a": "stable,a", "b": "stable,b" }`. */
	readonly select: Readonly<Record<string, string>>;
	/** `board:revision` (`-H`), where the image asks for one. */
	readonly hardware: string | null;
	/** Speaks to the boot loader: `status` prints the slot that runs and the other one; `set-primary SLOT`; `set-good SLOT`. */
	readonly boot: Program;
}

/** SWUpdate as Debian has it (2022.12), started for each image. It writes; which slot starts is said by a program of the manufacturer. */
export const swupdateInstaller = ({ key, select, hardware, boot }: SwupdateSettings, lock: string): Installer => {
	const ask = (...words: string[]): Promise<string> =>
		runProgram({ program: boot.program, arguments: [...boot.arguments, ...words] }, { lock });
	return {
		slots: async () => slotsOf(await ask('status'), boot.program),
		install: async ({ image, slots: { to } }) => {
			const words = ['-k', key, '-e', select[to] ?? `stable,${to}`, '-M', '-m', '-i', image];
			if (hardware !== null) words.push('-H', hardware);
			// Its sockets and what it unpacks are nobody else's.
			const environment = { TMPDIR: dirname(image) };
			await runProgram({ program: SWUPDATE, arguments: words }, { lock, environment });
			await ask('set-primary', to);
		},
		confirm: async ({ to }) => {
			await ask('set-good', to);
		},
		fallBack: async ({ from }) => {
			await ask('set-primary', from);
			return null;
		},
		inspect: async () => null,
	};
};

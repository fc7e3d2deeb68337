import { Problem } from '@keyward/core';
import type { Slots, UpdateTarget } from '@keyward/core/update';
import { type Program, runProgram } from '../run-program.ts';
import type { Installer } from './port.ts';

/** Programs of the device's manufacturer, each with fixed arguments. */
export interface CommandPrograms {
	/** Prints two words: the slot that runs, and the one that the next version goes to. */
	readonly status: Program;
	/** Puts the file KEYWARD_IMAGE into the slot KEYWARD_SLOT and makes that start next. May be run again after a power cut. */
	readonly install: Program;
	/** Makes KEYWARD_SLOT start next. */
	readonly fallBack: Program;
	/** KEYWARD_SLOT works. */
	readonly confirm: Program | null;
}

export const commandInstaller = (programs: CommandPrograms, lock: string): Installer => {
	const run = (program: Program, slot: string, more: Record<string, string> = {}): Promise<string> =>
		runProgram(program, { lock, environment: { KEYWARD_SLOT: slot, ...more } });
	const environmentOf = ({ release, sha256 }: UpdateTarget, image: string): Record<string, string> => ({
		...{ KEYWARD_IMAGE: image, KEYWARD_RELEASE: release, KEYWARD_SHA256: sha256 },
	});
	return {
		slots: async () => slotsOf(await runProgram(programs.status, { lock }), programs.status.program),
		install: async ({ target, image, slots: { to } }) => {
			await run(programs.install, to, environmentOf(target, image));
		},
		confirm: async ({ to }) => {
			if (programs.confirm !== null) await run(programs.confirm, to);
		},
		fallBack: async ({ from }) => {
			await run(programs.fallBack, from);
			return null;
		},
		inspect: async () => null,
	};
};

/** Throws `Problem('install-failed')` for what is not two slots. */
export const slotsOf = (printed: string, program: string): Slots => {
	const [from, to, ...rest] = printed.trim().split(/\s+/);
	if (from !== undefined && to !== undefined && rest.length === 0 && from !== to && [from, to].every(isSlot))
		return { from, to };
	throw new Problem(
		'install-failed',
		`${program} must print the slot that runs and the other one, such as "a b", and printed ${JSON.stringify(printed.slice(0, 80))}.`,
	);
};

const isSlot = (name: string): boolean => /^[\w.,:/-]{1,64}$/.test(name);

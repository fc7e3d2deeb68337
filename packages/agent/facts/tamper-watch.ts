import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TamperInput } from '@keyward/core/device';
import { writeDurably } from '@keyward/custody';
import type { TamperSwitch } from './tamper-switch.ts';

/** catalogue: tamper-noticed. Remembers that the case was opened until the site has heard of it, also when the power is cut in between (EDR 3.11). */
export interface TamperWatch {
	/** Looks once. Gives the switches that were found open and were not before. */
	look(): Promise<readonly string[]>;
	/** What is to be told: a switch that cannot be read does not count. */
	inputs(): readonly TamperInput[];
	/** The site has this. What was opened since stays to be told. */
	told(inputs: readonly TamperInput[]): Promise<void>;
}

const latchFile = (folder: string): string => join(folder, 'tamper-untold.json');

const readLatch = async (file: string): Promise<readonly string[]> => {
	const text = await readFile(file, 'utf8').catch(() => null);
	if (text === null) return [];
	try {
		const names: unknown = JSON.parse(text);
		if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
	} catch {
		// Said below.
	}
	// It is there because something was opened.
	return ['case'];
};

export const openTamperWatch = async (folder: string, switches: readonly TamperSwitch[]): Promise<TamperWatch> => {
	const file = latchFile(folder);
	const untold = new Set(await readLatch(file));
	const now = new Map<string, boolean | null>();
	/** Of the opening that goes on, the site has heard. */
	const known = new Set<string>();
	/** A full or broken disk must not keep the alarm back: it is told over the link all the same. */
	const save = async (): Promise<void> => {
		const saved =
			untold.size === 0 ? rm(file, { force: true }) : writeDurably(file, JSON.stringify([...untold]), 'replace');
		await saved.catch(() => {});
	};
	return {
		look: async () => {
			const fresh: string[] = [];
			for (const { name, isOpened } of switches) {
				const opened = await isOpened();
				now.set(name, opened);
				if (opened === false) known.delete(name);
				if (opened !== true || untold.has(name) || known.has(name)) continue;
				untold.add(name);
				fresh.push(name);
			}
			// On the disk before anything else happens: the next moment may cut the power.
			if (fresh.length > 0) await save();
			return fresh;
		},
		inputs: () => [
			...switches.flatMap(({ name }) => {
				const opened = now.get(name) ?? null;
				return opened === null && !untold.has(name) ? [] : [{ name, opened: opened === true || untold.has(name) }];
			}),
			// Of a switch that it had in an earlier run.
			...[...untold]
				.filter((name) => !switches.some((one) => one.name === name))
				.map((name) => ({ name, opened: true })),
		],
		told: async (inputs) => {
			for (const { name, opened } of inputs) {
				if (!opened) continue;
				untold.delete(name);
				if (now.get(name) === true) known.add(name);
			}
			await save();
		},
	};
};

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import { writeDurably } from '@keyward/custody';

/** The last command of one commander that the device began to obey. */
export interface Obeyed {
	readonly sequence: number;
	/** Hex. */
	readonly hash: string;
	/** Base64; null while it runs, or ever after if the device went down meanwhile. */
	readonly receipt: string | null;
}

/**
 * What the device has obeyed, in its folder: written before a command is begun and when it has ended, so that neither a restart nor
 * a service that sends it again has it done twice.
 */
export interface CommandJournal {
	last(commander: string): Obeyed | null;
	/** When the device began to take commands. */
	readonly begun: Instant;
	/** Durable when it resolves. */
	note(commander: string, obeyed: Obeyed): Promise<void>;
}

/** No name of a commander. */
const BEGUN = '(begun)';

const isObeyed = (value: unknown): value is Obeyed => {
	if (typeof value !== 'object' || value === null) return false;
	const { sequence, hash, receipt } = value as Partial<Record<keyof Obeyed, unknown>>;
	return (
		Number.isSafeInteger(sequence) && typeof hash === 'string' && (receipt === null || typeof receipt === 'string')
	);
};

/** Throws `Problem('identity-file')` where it is damaged: without it old commands would count as new ones (CR 3.8). */
export const openCommandJournal = async (folder: string, now: Instant): Promise<CommandJournal> => {
	const file = join(folder, 'commands-obeyed.json');
	const text = await readFile(file, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	const damaged = (): Problem =>
		new Problem(
			'identity-file',
			`${file} is damaged: no command is obeyed until it is restored, or the device commissioned again.`,
		);
	let read: unknown;
	try {
		read = text === null ? {} : JSON.parse(text);
	} catch {
		throw damaged();
	}
	if (typeof read !== 'object' || read === null) throw damaged();
	const known = new Map<string, Obeyed>();
	let kept: Instant | null = null;
	for (const [commander, value] of Object.entries(read)) {
		if (commander === BEGUN && Number.isSafeInteger(value)) {
			kept = value as Instant;
			continue;
		}
		if (!isObeyed(value)) throw damaged();
		known.set(commander, value);
	}
	const write = (all: Readonly<Record<string, Obeyed>>): Promise<unknown> =>
		writeDurably(file, `${JSON.stringify({ ...all, [BEGUN]: begun }, null, '\t')}\n`, 'replace');
	// CR 3.8: of a journal that does not say when it began, as of one that is gone, nobody knows what was obeyed before.
	const begun = kept ?? now;
	if (kept === null) await write(Object.fromEntries(known));
	return {
		begun,
		last: (commander) => known.get(commander) ?? null,
		note: async (commander, obeyed) => {
			const next = Object.fromEntries([...known, [commander, obeyed]]);
			try {
				await write(next);
			} catch (cause) {
				throw new Problem('store-failed', `${file} cannot be written: no command is begun until there is room.`, {
					cause,
				});
			}
			known.set(commander, obeyed);
		},
	};
};

import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { parseRoster, type Roster } from '@keyward/core/seal';
import { writeDurably } from '@keyward/custody';
import type { CurrentRoster } from '@keyward/owner/follow';
import type { Identity } from '../identity/identity.ts';

type Reader = Pick<Identity, 'folder' | 'owner' | 'application'>;

/** Rosters that are kept: with one a day, readings of two years open as they did. */
const KEPT = 730;

/** Beside what tuf-js keeps: the rosters that a reader took, so that it still opens what was sealed under them. */
const folderOf = ({ folder, owner = '', application }: Reader): string =>
	join(folder, `rosters-${owner.slice(0, 16)}-${application}`);

/** Their numbers, the newest first. */
const numbersIn = async (folder: string): Promise<readonly number[]> => {
	const names = await readdir(folder).catch((error: unknown): string[] => {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
		throw error;
	});
	return names
		.flatMap((name) => (/^\d{1,15}\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
		.toSorted((a, b) => b - a);
};

/** Keeps a roster that was verified as it was taken. */
export const keepRoster = async (
	identity: Reader,
	{ bytes, roster }: Pick<CurrentRoster, 'bytes' | 'roster'>,
): Promise<void> => {
	const folder = folderOf(identity);
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const known = await numbersIn(folder);
	if (known[0] === roster.number) return;
	await writeDurably(join(folder, `${roster.number}.json`), bytes, 'replace', 0o600);
	for (const number of known.slice(KEPT - 1)) await rm(join(folder, `${number}.json`), { force: true });
};

/** Those that were kept, the newest first; one that cannot be read any more is left out, and what was sealed under it is told by name. */
export const earlierRosters = async (identity: Reader): Promise<readonly Roster[]> => {
	const folder = folderOf(identity);
	const found: Roster[] = [];
	for (const number of await numbersIn(folder)) {
		try {
			const roster = parseRoster(new Uint8Array(await readFile(join(folder, `${number}.json`))));
			if (roster.application === identity.application && roster.number === number) found.push(roster);
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
		}
	}
	return found;
};

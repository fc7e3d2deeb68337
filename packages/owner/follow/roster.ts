import { hash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import type { Roster } from '@keyward/core/seal';
import { writeDurably } from '@keyward/custody';
import { LARGEST_FILE } from '../repository/metadata.ts';
import { rosterTarget } from '../repository/names.ts';
import { requireRosterOf } from '../repository/repository.ts';
import type { FetchFile } from './fetcher.ts';
import { explained, type Following, followInto, keepChanged, pinRoot, readIfThere, rosterFolder } from './follow.ts';
import { withFolderLock } from './folder-lock.ts';

/** A roster that counts at this moment. */
export interface CurrentRoster {
	readonly state: 'current';
	/** The target's bytes, as the owner signed them. */
	readonly bytes: Uint8Array;
	/** SHA-256 of them, lower-case hex. */
	readonly hash: string;
	readonly roster: Roster;
}

/** What a device or reader may act on. Absence and age never unseal: `stale` says that there is nothing new to act on. */
export type RosterState =
	| CurrentRoster
	/** `last` is the newest that was ever accepted, however old; null when there never was one. */
	| { readonly state: 'stale'; readonly last: Omit<CurrentRoster, 'state'> | null };

const CONTENTS = 'roster.json';
/** The roster as it was last accepted, judged by this moment. Asks nobody. Throws `Problem('roster-malformed')`. */
export const currentRoster = async (following: Following, now: Instant): Promise<RosterState> => {
	const last = await lastRoster(following);
	// roster-age: a service that withholds the next one gains until this date and not a day more.
	return last !== null && now < last.roster.expires ? { state: 'current', ...last } : { state: 'stale', last };
};

const lastRoster = async (following: Following): Promise<Omit<CurrentRoster, 'state'> | null> => {
	const bytes = await readIfThere(join(rosterFolder(following), CONTENTS));
	if (bytes === null) return null;
	const roster = requireRosterOf(Buffer.from(bytes).toString('utf8'), following.application);
	return { bytes, hash: hash('sha256', bytes), roster };
};

/**
 * Asks the service for what is new of the owner's repository, verifies it as TUF says (1.0.31 §5) from the pinned root on, keeps it, and
 * gives the roster. What was verified before something failed is kept as well, so that nothing later goes back behind it.
 *
 * Throws `owner-not-trusted` for another root than the pinned one, `roster-stale` when what the service has is expired,
 * `roster-refused` for all else that does not verify (rollback, too few signatures, mixed files), and what `fetch` throws.
 */
export const refreshRoster = async (following: Following, fetch: FetchFile, now: Instant): Promise<RosterState> => {
	const kept = rosterFolder(following);
	await mkdir(kept, { recursive: true, mode: 0o700 });
	return withFolderLock(kept, () => refreshIn(kept, following, fetch, now));
};

const refreshIn = async (kept: string, following: Following, fetch: FetchFile, now: Instant): Promise<RosterState> => {
	await pinRoot(kept, following.owner, fetch);
	// One that was damaged takes nothing with it: the next one takes its place.
	const last = await lastRoster(following).catch((error: unknown) => {
		if (error instanceof Problem) return null;
		throw error;
	});
	const work = await mkdtemp(join(kept, 'work-'));
	try {
		for (const file of await readdir(kept))
			if (file.endsWith('.json') && file !== CONTENTS) await copyFile(join(kept, file), join(work, file));
		const { updater, refresh, fetcher } = followInto(work, fetch, now);
		try {
			const contents = await update(work, { updater, refresh }, following, last);
			await keepChanged(work, kept);
			await writeDurably(join(kept, CONTENTS), contents, 'replace', 0o644);
		} catch (error) {
			await keepChanged(work, kept);
			throw explained(error, fetcher.failed);
		}
	} finally {
		await rm(work, { recursive: true, force: true });
	}
	return currentRoster(following, now);
};

/** The contents of the application's roster, verified. */
const update = async (
	work: string,
	{ updater, refresh }: Pick<ReturnType<typeof followInto>, 'updater' | 'refresh'>,
	{ application }: Following,
	last: Omit<CurrentRoster, 'state'> | null,
): Promise<Uint8Array> => {
	await refresh();
	const path = rosterTarget(application);
	const target = await updater.getTargetInfo(path);
	if (target === undefined) throw new Problem('roster-stale', `The owner has signed no roster of ${application} yet.`);
	if (target.length > LARGEST_FILE)
		throw new Problem('packet-too-large', `${path} has more than ${LARGEST_FILE} bytes.`);
	const file = await updater.downloadTarget(target, join(work, 'contents'));
	const contents = Uint8Array.from(await readFile(file));
	const { number } = requireRosterOf(Buffer.from(contents).toString('utf8'), application);
	const isSame = last !== null && hash('sha256', contents) === last.hash;
	// Beside TUF's versions, which count metadata: what was read here does not come again under a new one.
	if (last !== null && !isSame && number <= last.roster.number)
		throw new Problem(
			'roster-refused',
			`Roster ${number} of ${application} is not after number ${last.roster.number}, which is acted on.`,
		);
	return contents;
};

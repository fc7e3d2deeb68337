import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import type { Roster } from '@keyward/core/seal';
import { writeDurably } from '@keyward/custody';
import { Updater } from 'tuf-js';
import { LARGEST_FILE, said } from '../repository/metadata.ts';
import { rosterTarget } from '../repository/names.ts';
import { requireRosterOf } from '../repository/repository.ts';
import { BASE, type FetchFile, RepositoryFetcher } from './fetcher.ts';

/** A roster that counts at this moment. */
export interface CurrentRoster {
	readonly state: 'current';
	/** The target's bytes, as the owner signed them. */
	readonly bytes: Uint8Array;
	/** SHA-256 of them, lower-case hex. */
	readonly hash: string;
	readonly roster: Roster;
}

/** What a device or reader may act on. Absence and age never unseal: `stale` says that there is nothing to act on anew. */
export type RosterState =
	| CurrentRoster
	/** `last` is the newest that was ever accepted, however old; null when there never was one. */
	| { readonly state: 'stale'; readonly last: Omit<CurrentRoster, 'state'> | null };

export interface Following {
	/** Of the device or reader; what is kept of the repository lies in a folder in it. */
	readonly folder: string;
	/** SHA-256 of the owner's root.json version 1, lower-case hex: the pin. */
	readonly owner: string;
	readonly application: string;
}

const LARGEST_ROOT = 200_000;
const CONTENTS = 'roster.json';
const ROOT = 'root.json';

/** Where the repository of this owner is kept: another owner's past says nothing about this one's. */
export const rosterFolder = ({ folder, owner }: Pick<Following, 'folder' | 'owner'>): string =>
	join(folder, `owner-${owner.slice(0, 16)}`);

/** The roster as it was last accepted, judged by this moment. Asks nobody. Throws `Problem('roster-malformed')`. */
export const currentRoster = async (following: Following, now: Instant): Promise<RosterState> => {
	const bytes = await readIfThere(join(rosterFolder(following), CONTENTS));
	if (bytes === null) return { state: 'stale', last: null };
	const roster = requireRosterOf(Buffer.from(bytes).toString('utf8'), following.application);
	const last = { bytes, hash: hash('sha256', bytes), roster };
	// roster-age: a service that withholds the next one gains until this date and not a day more.
	return now < roster.expires ? { state: 'current', ...last } : { state: 'stale', last };
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
	await pinRoot(kept, following.owner, fetch);
	const work = await mkdtemp(join(kept, 'work-'));
	try {
		for (const file of await readdir(kept))
			if (file.endsWith('.json') && file !== CONTENTS) await copyFile(join(kept, file), join(work, file));
		const fetcher = new RepositoryFetcher(fetch, work);
		try {
			const contents = await update(work, fetcher, following, now);
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
	fetcher: RepositoryFetcher,
	{ application }: Following,
	now: Instant,
): Promise<Uint8Array> => {
	const updater = new Updater({
		metadataDir: work,
		metadataBaseUrl: `${BASE}/metadata`,
		targetDir: work,
		targetBaseUrl: `${BASE}/targets`,
		fetcher,
		config: {
			rootMaxLength: LARGEST_ROOT,
			snapshotMaxLength: LARGEST_ROOT,
			targetsMaxLength: LARGEST_FILE,
			maxRootRotations: 256,
		},
	});
	// §5.1 wants one time for the whole update. The device's own clock judges, which knows more than the machine's (docs/time.md).
	const trusted: unknown = Reflect.get(updater, 'trustedSet');
	assert(typeof trusted === 'object' && trusted !== null && Reflect.get(trusted, 'referenceTime') instanceof Date);
	Reflect.set(trusted, 'referenceTime', new Date(now));
	await updater.refresh();
	const path = rosterTarget(application);
	const target = await updater.getTargetInfo(path);
	if (target === undefined) throw new Problem('roster-stale', `The owner has signed no roster of ${application} yet.`);
	if (target.length > LARGEST_FILE)
		throw new Problem('packet-too-large', `${path} has more than ${LARGEST_FILE} bytes.`);
	const file = await updater.downloadTarget(target, join(work, 'contents'));
	const contents = Uint8Array.from(await readFile(file));
	requireRosterOf(Buffer.from(contents).toString('utf8'), application);
	return contents;
};

/**
 * owner-anchor: root version 1 is what the commissioning string or `--owner` says and nothing else. The string came by hand, and this
 * comes from the service, which must not choose who the owner is.
 */
const pinRoot = async (kept: string, owner: string, fetch: FetchFile): Promise<void> => {
	if ((await readIfThere(join(kept, ROOT))) !== null) return;
	const first = await fetch('metadata/1.root.json', LARGEST_ROOT);
	if (first === null) throw new Problem('roster-stale', 'The service has no root of an owner yet: try again later.');
	if (hash('sha256', first) !== owner) {
		throw new Problem(
			'owner-not-trusted',
			`The service shows another owner's root than the one that this was commissioned with (${owner}).`,
		);
	}
	await writeDurably(join(kept, ROOT), first, 'keep', 0o644);
};

/** tuf-js writes in place, and a power cut would leave half a root: what it verified is put into its place whole. */
const keepChanged = async (work: string, kept: string): Promise<void> => {
	for (const file of (await readdir(work)).filter((name) => name.endsWith('.json'))) {
		const next = await readFile(join(work, file));
		const last = await readIfThere(join(kept, file));
		if (last === null || Buffer.compare(last, next) !== 0) await writeDurably(join(kept, file), next, 'replace', 0o644);
	}
};

const readIfThere = async (path: string): Promise<Uint8Array | null> =>
	readFile(path).then(
		(bytes) => Uint8Array.from(bytes),
		(error: unknown) => {
			if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
			throw error;
		},
	);

/** tuf-js wraps what it is told into text; the way to the service says it in its own code. */
const explained = (error: unknown, failed: unknown): unknown => {
	if (error instanceof Problem) return error;
	if (failed instanceof Problem) return failed;
	const why = said(error).replace(/^Unable to load \w+ metadata error |^Unable to load targets error /, '');
	return why.endsWith('is expired')
		? new Problem(
				'roster-stale',
				`What the service has of the owner is out of date (${why}): the owner or the service must sign again.`,
			)
		: new Problem('roster-refused', `What the service has of the owner is refused: ${why}.`, { cause: error });
};

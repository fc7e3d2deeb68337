import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, Problem } from '@keyward/core';
import { writeDurably } from '@keyward/custody';
import type { Metadata, Targets } from '@tufjs/models';
import { Updater } from 'tuf-js';
import { LARGEST_FILE, said } from '../repository/metadata.ts';
import { requireRoleList } from '../repository/role-list.ts';
import { BASE, type FetchFile, RepositoryFetcher } from './fetcher.ts';

// What every refresh of the owner's repository has in common, of a roster or of a release.

export interface Following {
	/** Of the device or reader; what is kept of the repository lies in a folder in it. */
	readonly folder: string;
	/** SHA-256 of the owner's root.json version 1, lower-case hex: the pin. */
	readonly owner: string;
	readonly application: string;
}

const LARGEST_ROOT = 200_000;
const ROOT = 'root.json';

/** Where the repository of this owner is kept: another owner's past says nothing about this one's. */
export const rosterFolder = ({ folder, owner }: Pick<Following, 'folder' | 'owner'>): string =>
	join(folder, `owner-${owner.slice(0, 16)}`);

/** The metadata that tuf-js holds verified. */
interface Trusted {
	getRole(name: string): Metadata<Targets> | undefined;
}

/** tuf-js over these files, which it reads and writes in `work`, with this moment as its time. */
export const followInto = (
	work: string,
	fetch: FetchFile,
	now: Instant,
): {
	readonly updater: Updater;
	/** All but the roles of applications. */
	readonly refresh: () => Promise<void>;
	readonly fetcher: RepositoryFetcher;
	readonly trusted: Trusted;
} => {
	const fetcher = new RepositoryFetcher(fetch, work);
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
	assert('getRole' in trusted && typeof trusted.getRole === 'function');
	const refresh = async (): Promise<void> => {
		await updater.refresh();
		try {
			requireRoleList((trusted as Trusted).getRole('targets')?.signed ?? { targets: {} });
		} catch (error) {
			// Kept, it would stand in the way of the true one of that version.
			await rm(join(work, 'targets.json'), { force: true });
			throw error;
		}
	};
	return { updater, refresh, fetcher, trusted: trusted as Trusted };
};

/**
 * owner-anchor: root version 1 is what the commissioning string or `--owner` says and nothing else. The string came by hand, and this
 * comes from the service, which must not choose who the owner is.
 */
export const pinRoot = async (kept: string, owner: string, fetch: FetchFile): Promise<void> => {
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
export const keepChanged = async (work: string, kept: string): Promise<void> => {
	for (const file of (await readdir(work)).filter((name) => name.endsWith('.json'))) {
		const next = await readFile(join(work, file));
		const last = await readIfThere(join(kept, file));
		if (last === null || Buffer.compare(last, next) !== 0) await writeDurably(join(kept, file), next, 'replace', 0o644);
	}
};

export const readIfThere = async (path: string): Promise<Uint8Array | null> =>
	readFile(path).then(
		(bytes) => Uint8Array.from(bytes),
		(error: unknown) => {
			if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
			throw error;
		},
	);

/** tuf-js wraps what it is told into text; the way to the service says it in its own code. */
export const explained = (error: unknown, failed: unknown): unknown => {
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

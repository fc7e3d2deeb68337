import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Agent from '@keyward/agent';
import { Problem } from '@keyward/core';
import { makeEphemeralKey } from '@keyward/custody';
import { type FileMap, publishFiles, readRepository } from '@keyward/owner';
import type * as Follow from '@keyward/owner/follow';
import type { FollowedRelease } from '@keyward/owner/follow';
import { makeOwner } from '@keyward/testing/owner/owner';
import { makeRelease, withRelease } from '@keyward/testing/owner/releases';
import type { Outcome, Tools } from './attack.ts';

/** What an attempt to put a release in force, or to have a device take one, came to. */
export const attempt = async (what: string, work: () => Promise<boolean>): Promise<Outcome> => {
	try {
		const succeeded = await work();
		return { succeeded, saw: succeeded ? what : 'nothing came of it', refusal: null };
	} catch (error) {
		if (!(error instanceof Problem) && !(error instanceof Error && 'code' in error)) throw error;
		return { succeeded: false, saw: error.message, refusal: String(error.code) };
	}
};

/** What a device follows its owner's repository by, from the source under attack. */
export const followOf = async (source: string): Promise<typeof Follow> =>
	(await import(pathToFileURL(join(source, 'packages/owner/follow/index.ts')).href)) as typeof Follow;

/** The time by which a device judges what its owner signed, in the code of the source under attack; `told` is the service's. */
export const ownerTimeOf = async (
	source: string,
	identity: { readonly folder: string; readonly owner?: string },
	told: () => number,
): Promise<{ now(): number; took(issued: number): Promise<void> }> => {
	const path = join(source, 'packages/agent/roster/owner-time.ts');
	const { openOwnerTime } = (await import(path)) as {
		openOwnerTime: (
			of: typeof identity,
			tick: () => number,
			clock: () => number,
		) => Promise<{ now(): number; took(issued: number): Promise<void> }>;
	};
	return openOwnerTime(identity, () => performance.now(), told);
};

/** A device's agent, from the source under attack. */
export const agentOf = async (source: string): Promise<typeof Agent> =>
	(await import(pathToFileURL(join(source, 'packages/agent/index.ts')).href)) as typeof Agent;

/** What a mirror answers for one file of the owner's repository, of which it has what is true. */
export type Mirror = (path: string, truth: string | undefined) => string | undefined;

/**
 * What a device takes for its release 1.0.0 from a mirror that has what the owner published: `after` that day, and once the owner has
 * published 2.0.0 as well where `next` says so.
 */
export const followedBy = async (
	{ folder, source }: Pick<Tools, 'folder' | 'source'>,
	mirror: (before: FileMap) => Mirror,
	{ later = 0, next = false }: { readonly later?: number; readonly next?: boolean } = {},
): Promise<FollowedRelease | null> => {
	const { followRelease } = await followOf(source);
	const now = Date.now();
	const online = makeEphemeralKey();
	const { keys, repository } = await makeOwner(now, online.publicKey);
	const first = await withRelease(repository, makeRelease('1.0.0'), keys.slice(0, 2), now);
	const before = await publishFiles(first, online, now);
	const second = next
		? await withRelease(readRepository(before, null), makeRelease('2.0.0'), keys.slice(0, 2), now)
		: null;
	const files = second === null ? before : await publishFiles(second, online, now);
	const answer = mirror(before);
	const following = { folder, owner: repository.pin, application: 'hall' };
	return followRelease(
		following,
		'releases/hall/probe/1.0.0/image',
		async (path) => {
			const text = answer(path, files[path.slice('metadata/'.length)]);
			return text === undefined ? null : Buffer.from(text);
		},
		now + later,
	);
};

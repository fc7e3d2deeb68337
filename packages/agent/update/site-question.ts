import { type Instant, Problem } from '@keyward/core';
import type { UpdateTarget } from '@keyward/core/update';
import type { FollowedRelease } from '@keyward/owner/follow';
import type { Identity } from '../identity/identity.ts';
import { followingOf } from '../roster/refresh.ts';
import { withOwnerFiles } from '../roster/fetch-file.ts';
import { askAssignment, type Assignment, type UpdateReport } from './assignment.ts';
import { type Downloaded, downloadImage } from './download.ts';
import { updateFiles } from './update-files.ts';

/** Everything that an updater asks of its site, over one connection each. */
export type SiteQuestion =
	/** What the site would have installed, and what the owner signed of that. */
	| { readonly do: 'look'; readonly report: UpdateReport; readonly now: Instant }
	/** Says how it is, and asks for nothing. */
	| { readonly do: 'report'; readonly report: UpdateReport }
	/** What the owner signed at this path. */
	| { readonly do: 'follow'; readonly path: string; readonly now: Instant }
	/** Brings the image of this target; `known`: images that may have pieces of it. */
	| {
			readonly do: 'fetch';
			readonly target: UpdateTarget;
			readonly known: readonly string[];
			readonly bandwidth: number | null;
			readonly now: Instant;
	  };

export interface SiteAnswer {
	readonly assignment: Assignment | null;
	readonly signed: FollowedRelease | null;
	readonly downloaded: Downloaded | null;
}

export interface SiteProtocol {
	readonly question: { readonly folder: string; readonly question: SiteQuestion };
	readonly answer: SiteAnswer;
	readonly order: never;
	readonly event: never;
}

const NOTHING: SiteAnswer = { assignment: null, signed: null, downloaded: null };

/** In this process: with a key in hardware, the only question that it can ask. */
export const askSiteHere = async (identity: Identity, question: SiteQuestion): Promise<SiteAnswer> => {
	const following = followingOf(identity);
	if (following === null)
		throw new Problem(
			'owner-not-trusted',
			`${identity.id} was commissioned without an owner, who would sign its releases: commission it again with --owner.`,
		);
	const { followRelease } = await import('@keyward/owner/follow');
	return withOwnerFiles(identity, following.owner, async (fetch, part, call) => {
		if (question.do === 'report') return { ...NOTHING, assignment: await askAssignment(call, question.report) };
		const { now } = question;
		if (question.do === 'look') {
			const assignment = await askAssignment(call, question.report);
			const { release } = assignment;
			return {
				...{ ...NOTHING, assignment },
				signed: release === null ? null : await followRelease(following, release, fetch, now),
			};
		}
		if (question.do === 'follow')
			return { ...NOTHING, signed: await followRelease(following, question.path, fetch, now) };
		const { target, known, bandwidth } = question;
		const signed = await followRelease(following, target.path, fetch, now);
		// Withdrawn, or signed again with other bytes, while it was on its way.
		if (signed?.sha256 !== target.sha256 || signed.length !== target.length)
			throw new Problem('release-refused', `${target.path} is no longer what the owner signs.`);
		const files = await updateFiles(identity.folder);
		const { file } = signed;
		const { chunks } = signed.release;
		const downloaded = await downloadImage({ files, target, file, chunks, known, fetch: part, bandwidth });
		return { ...NOTHING, signed, downloaded };
	});
};

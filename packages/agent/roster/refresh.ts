import type { Instant } from '@keyward/core';
import type { Following, RosterState } from '@keyward/owner/follow';
import type { Identity } from '../identity/identity.ts';
import { withOwnerFiles } from './fetch-file.ts';

/** What the child of a refresh is asked; it answers when what it fetched is on the disk. */
export interface RefreshProtocol {
	readonly question: { readonly folder: string; readonly now: Instant };
	readonly answer: null;
	readonly order: never;
	readonly event: never;
}

/** Refreshes in this process. */
export const refreshHere = async (identity: Identity, now: Instant): Promise<RosterState | null> => {
	const following = followingOf(identity);
	if (following === null) return null;
	const { refreshRoster } = await import('@keyward/owner/follow');
	return withOwnerFiles(identity, following.owner, (fetch) => refreshRoster(following, fetch, now));
};

/** Null where it was commissioned without an owner. */
export const followingOf = ({ folder, owner, application }: Identity): Following | null =>
	owner === undefined ? null : { folder, owner, application };

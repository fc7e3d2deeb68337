export { currentRoster, type CurrentRoster, refreshRoster, type RosterState } from './roster.ts';
export type { Following } from './follow.ts';
export { followRelease, type FollowedRelease } from './release.ts';
export type { FetchFile } from './fetcher.ts';

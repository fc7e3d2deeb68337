export { currentRoster, type CurrentRoster, type Following, refreshRoster, type RosterState } from './roster.ts';
export type { FetchFile } from './fetcher.ts';

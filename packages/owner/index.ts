export {
	type Change,
	filesAfter,
	missingSignatures,
	parseChange,
	signChange,
	signedPart,
	writeChange,
} from './repository/change.ts';
export { beginRepository, offlineKeysOf, type OfflineKeys, prepareRoster, rotateRoot } from './repository/author.ts';
export {
	currentFiles,
	type FileMap,
	readRepository,
	requireCurrent,
	requireForward,
	type Repository,
	type RosterInForce,
} from './repository/repository.ts';
export { publishFiles, refreshTimestamp } from './repository/online.ts';
export { tufKeyId } from './repository/tuf-key.ts';
export { metadataApplication, rosterRole, rosterTarget, targetApplication } from './repository/names.ts';
export { readRoots, requireShown, rostersIn } from './repository/glance.ts';
export { type DraftEdits, draftRoster } from './repository/draft.ts';

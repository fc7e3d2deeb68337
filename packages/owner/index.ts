export {
	type Change,
	filesAfter,
	missingSignatures,
	parseChange,
	signChange,
	signedPart,
	writeChange,
} from './repository/change.ts';
export { beginRepository, prepareRoster, rotateRoot } from './repository/author.ts';
export { preparePart, prepareRelease, prepareVendor, type ReleaseContents } from './repository/author-release.ts';
export {
	filesOf,
	releaseSigners,
	type ReleasesInForce,
	type SignedFile,
	type SignedRelease,
	type Vendor,
} from './repository/releases.ts';
export { offlineKeysOf, type OfflineKeys } from './repository/role-list.ts';
export {
	currentFiles,
	readRepository,
	requireCurrent,
	requireForward,
	type Repository,
	type RosterInForce,
} from './repository/repository.ts';
export type { FileMap } from './repository/verify.ts';
export { publishFiles, refreshTimestamp } from './repository/online.ts';
export { tufKeyId } from './repository/tuf-key.ts';
export {
	metadataApplication,
	readTargetFile,
	rosterRole,
	rosterTarget,
	targetApplication,
	targetFile,
} from './repository/names.ts';
export { requireOneForm } from './repository/one-form.ts';
export { firstOlder, newestOfEach } from './repository/newest-files.ts';
export { readRoots, releasesShownIn, type ReleasesGlance, requireShown, rostersIn } from './repository/glance.ts';
export { type DraftEdits, draftRoster } from './repository/draft.ts';

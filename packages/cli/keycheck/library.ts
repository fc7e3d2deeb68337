import { readFileSync } from 'node:fs';
import { type PublishedKeys, readPublishedKeys } from '@keyward/core/keycheck';

// `keyward/keycheck`: the checks and the reader of files for programs of others (docs/keycheck-library.md).

export {
	type CheckId,
	checkIds,
	type CheckOptions,
	type Checks,
	checkTitles,
	createChecks,
	type Finding,
	judgeNewKey,
	type Material,
	type Member,
	type PublishedKeys,
	severities,
} from '@keyward/core/keycheck';
export { scan, type Scanned, type ScanOptions, type ScanProblem, sharedFactorsInThreads } from '@keyward/scan';

/** The list of published keys that is shipped. Throws `Problem('file-unreadable')` where it is damaged. */
export const publishedKeys = (): PublishedKeys =>
	readPublishedKeys(readFileSync(new URL(import.meta.resolve('@keyward/core/keycheck/published-keys.bin'))));

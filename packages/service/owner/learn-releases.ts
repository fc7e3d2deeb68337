import { readFile } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { readBootReference, writeBootReference } from '@keyward/core/attest';
import type { Clock, UpdateStore } from '@keyward/core/port';
import type { ReleasesInForce, SignedRelease } from '@keyward/owner';
import type { Bills } from '../update/bills.ts';
import { readDocument } from '../update/read-file.ts';
import type { ReleaseFiles } from './release-files.ts';

/** What the site takes from a release for itself: what it is made of, and how a device of it starts. */
export interface LearnReleases {
	/** Reads what is new beside images. Throws `bill-malformed`, `boot-reference-malformed`: nothing of it is in force then. */
	check(releases: readonly SignedRelease[]): Promise<void>;
	/** Stores bills of materials and boot reference values that are not stored yet; the signed ones stand. Durable when it resolves. */
	learn(inForce: ReleasesInForce): Promise<void>;
}

/** Reference values of a fleet's image lists have a few megabytes. */
const LARGEST_BOOT = 32 * 1024 * 1024;

export const learnReleases = (
	files: Pick<ReleaseFiles, 'pathOf'>,
	bills: Bills,
	store: Pick<UpdateStore, 'bootReferences' | 'putBootReference'>,
	clock: Clock,
): LearnReleases => {
	const bootOf = async ({ boot }: SignedRelease): Promise<string | null> => {
		if (boot === null) return null;
		if (boot.length > LARGEST_BOOT)
			throw new Problem('boot-reference-malformed', `${boot.path} has more than ${LARGEST_BOOT} bytes.`);
		return writeBootReference(readBootReference(await readFile(files.pathOf(boot), 'utf8')));
	};
	return {
		check: async (releases) => {
			for (const one of releases) {
				if (one.bom !== null) await readDocument('bill', files.pathOf(one.bom));
				await bootOf(one);
			}
		},
		learn: async ({ releases }) => {
			for (const one of releases) {
				const { application, class: className, release } = one.release;
				const { bom } = one;
				const known = bills.all(application).find((bill) => bill.class === className && bill.version === release);
				if (bom !== null && known?.file !== bom.sha256)
					await bills.take(application, className, release, files.pathOf(bom));
				const text = await bootOf(one);
				if (text === null) continue;
				const stored = (await store.bootReferences(application, className)).find(({ version }) => version === release);
				// EDR 3.14: what the owner signed stands above what an operator noted by hand.
				if (stored?.text !== text)
					await store.putBootReference({ application, class: className, version: release, at: clock.now(), text });
			}
		},
	};
};

import { join } from 'node:path';
import type { Clock, UpdateStore } from '@keyward/core/port';
import type { ServiceConfig } from '../config/config.ts';
import type { Grants } from '../policy/grants.ts';
import type { Policies } from '../policy/policies.ts';
import type { Bills } from '../update/bills.ts';
import { learnReleases } from './learn-releases.ts';
import { openOwner, type Owner } from './owner.ts';
import { releaseFiles } from './release-files.ts';
import { releaseFolder } from './release-folder.ts';

/** The owner of a site, whose rosters become grants and whose releases are learnt from. Throws what `openOwner` does. */
export const openSiteOwner = (
	{ data, sealFile, diskReserve }: Pick<ServiceConfig, 'data' | 'sealFile' | 'diskReserve'>,
	{
		store,
		bills,
		policies,
		grants,
		clock,
		report,
	}: {
		readonly store: Pick<UpdateStore, 'bootReferences' | 'putBootReference'>;
		readonly bills: Bills;
		readonly policies: Pick<Policies, 'policyOf'>;
		readonly grants: Pick<Grants, 'putRoster'>;
		readonly clock: Clock;
		readonly report: (error: unknown) => void;
	},
): Promise<Owner> => {
	const contents = releaseFiles(releaseFolder(data), diskReserve);
	return openOwner({
		...{ folder: join(data, 'owner'), sealFile, clock, report },
		policyOf: policies.policyOf,
		onRoster: grants.putRoster,
		contents: { ...contents, ...learnReleases(contents, bills, store, clock) },
	});
};

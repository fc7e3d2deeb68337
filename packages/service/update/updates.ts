import type { Fact, Policy } from '@keyward/core/policy';
import type { Clock, FactStore, Principal, UpdateStore } from '@keyward/core/port';
import type { ServiceConfig } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import type { Policies } from '../policy/policies.ts';
import { type Bills, openBills } from './bills.ts';
import { type Disclosure, openDisclosure } from './disclosure.ts';
import { type Documents, openDocuments } from './documents.ts';
import { openSoftware, type Software } from './software.ts';
import { byVulnerability, type DeviceStanding, type ExposedVulnerability, standingOf } from './device-exposure.ts';
import { type SeenVersion, updateFacts } from './update-facts.ts';
import { requireOwnFolder, watchFolder, type WatchedFolder } from './watched-folder.ts';

/** What is known of the fleet's software: advisories, bills of materials, versions that devices say. */
export interface Updates {
	readonly documents: Documents;
	readonly bills: Bills;
	readonly software: Software;
	readonly disclosure: Disclosure;
	/** Null where the site file names none. */
	readonly folder: WatchedFolder | null;
	standings(application: string, principals: readonly Principal[]): readonly DeviceStanding[];
	vulnerabilities(policy: Policy, principals: readonly Principal[]): readonly ExposedVulnerability[];
	/** Evidence at this moment, for the posture. */
	facts(policy: Policy, principals: readonly Principal[], seenVersion: SeenVersion): readonly Fact[];
	stop(): Promise<void>;
}

/** Throws `Problem('site-configuration')` for a watched folder that others may write. */
export const openUpdates = async (
	config: Pick<ServiceConfig, 'advisories' | 'securityText'>,
	store: UpdateStore & FactStore,
	policies: Pick<Policies, 'mustHave'>,
	clock: Clock,
	log: Log,
): Promise<Updates> => {
	const { advisories } = config;
	if (advisories !== null) await requireOwnFolder(advisories.folder);
	const documents = await openDocuments(store, advisories?.publishers ?? [], clock);
	const bills = await openBills(store, documents, policies, clock);
	const software = await openSoftware(store, clock, (error) => log.report(error));
	const disclosure = await openDisclosure(store, config.securityText);
	const folder = advisories === null ? null : watchFolder(advisories.folder, documents, log);
	const standings: Updates['standings'] = (application, principals) =>
		standingOf(principals, application, software, bills);
	return {
		...{ documents, bills, software, disclosure, folder, standings },
		vulnerabilities: (policy, principals) => byVulnerability(standings(policy.application, principals), policy),
		facts: (policy, principals, seenVersion) => {
			const now = clock.now();
			const { application } = policy;
			return [
				...updateFacts(policy, standings(application, principals), seenVersion, now),
				disclosure.fact(application, now),
			];
		},
		stop: async () => {
			await folder?.stop();
			await software.stop();
		},
	};
};

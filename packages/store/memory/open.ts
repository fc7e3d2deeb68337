import type { Store } from '@keyward/core/port';
import { closable } from '../rules/closable.ts';
import { memoryAudit } from './audit.ts';
import { memoryDataKeys } from './data-keys.ts';
import { memoryDeviceReports } from './device-reports.ts';
import { memoryFacts } from './facts.ts';
import { memoryIncidents } from './incidents.ts';
import { memoryHandshakes } from './handshakes.ts';
import { memoryKeyAsked } from './key-asked.ts';
import { memoryKeyedCalls } from './keyed-calls.ts';
import { memoryGeneration, memoryLeases, memoryNumbers } from './leases.ts';
import { memoryLinks } from './links.ts';
import { memoryParts } from './parts.ts';
import { memoryPersonSessions } from './person-sessions.ts';
import { memoryNetworks } from './networks.ts';
import { memoryPeople } from './people.ts';
import { memoryPostureHistory } from './posture-history.ts';
import { memoryReadings } from './readings.ts';
import { memoryRegistry } from './registry.ts';
import { memoryRollouts } from './rollouts.ts';
import { memoryUpdates } from './updates.ts';

/** A store that is gone with its process: its promises hold until then. */
export const openMemoryStore = (): Store => {
	const begun = memoryPersonSessions();
	const facts = memoryFacts();
	return closable(
		{
			...memoryReadings(),
			...memoryRegistry(facts.put),
			...facts.port,
			...memoryLinks(),
			...memoryParts(),
			...memoryLeases(),
			...memoryNumbers(),
			...memoryAudit(),
			...memoryKeyedCalls(),
			...memoryUpdates(),
			...memoryRollouts(),
			...memoryDataKeys(),
			...memoryDeviceReports(),
			...memoryIncidents(),
			...memoryKeyAsked(),
			...memoryHandshakes(),
			...memoryNetworks(),
			...memoryPostureHistory(),
			...memoryPeople(begun.endOf),
			...memoryGeneration(begun.endAll),
			...begun.port,
		},
		() => {},
	);
};

import { sqliteAudit } from './audit.ts';
import { sqliteCheckpointMemory } from './checkpoint-memory.ts';
import { sqliteCommands } from './commands.ts';
import { sqliteDataKeys } from './data-keys.ts';
import type { Database } from './database.ts';
import { sqliteDeviceReports } from './device-reports.ts';
import { sqliteFacts } from './facts.ts';
import { sqliteGeneration } from './generation.ts';
import { sqliteHandshakes } from './handshakes.ts';
import { sqliteIncidents } from './incidents.ts';
import { sqliteKeyAsked } from './key-asked.ts';
import { sqliteKeyedCalls } from './keyed-calls.ts';
import { sqliteLeases } from './leases.ts';
import { sqliteNetworks } from './networks.ts';
import { sqliteNumbers } from './numbers.ts';
import { sqliteParts } from './parts.ts';
import { sqlitePersonSessions } from './person-sessions.ts';
import { sqlitePeople } from './people.ts';
import { sqlitePostureHistory } from './posture-history.ts';
import { sqliteReadings } from './readings.ts';
import { sqliteRegistry } from './registry.ts';
import { SqliteRegistryLog } from './registry-log.ts';
import { sqliteRollouts } from './rollouts.ts';
import { sqliteSessions } from './sessions.ts';
import { sqliteUpdates } from './updates.ts';

/**
 * Every port of the store on a database of the newest schema, with what each reads when it opens: what keeps a store shut is
 * thrown here. Writes nothing. Throws `Problem('store-failed')`, and what SQLite throws.
 */
export const openPorts = (db: Database) => {
	const readings = sqliteReadings(db);
	return {
		settle: () => readings.settle(),
		ports: {
			...readings.port,
			...sqliteRegistry(db),
			...sqliteFacts(db),
			...sqliteParts(db),
			...sqliteSessions(db),
			...sqliteCommands(db),
			...sqliteLeases(db),
			...sqliteNumbers(db),
			...sqliteAudit(db),
			...sqliteKeyedCalls(db),
			...sqliteGeneration(db),
			...sqliteUpdates(db),
			...sqliteRollouts(db),
			...sqliteDataKeys(db),
			...sqliteDeviceReports(db),
			...sqliteIncidents(db),
			...sqliteHandshakes(db),
			...sqliteNetworks(db),
			...sqliteKeyAsked(db),
			...sqlitePostureHistory(db),
			...sqlitePeople(db),
			...sqlitePersonSessions(db),
		},
		log: { registry: new SqliteRegistryLog(db), checkpoints: sqliteCheckpointMemory(db) },
	};
};

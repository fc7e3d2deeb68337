import { join } from 'node:path';
import type { Clock } from '@keyward/core/port';
import type { SqliteStore } from '@keyward/store';
import type { ServiceConfig } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints.ts';
import { openWitnesses, type Witnesses } from './witnesses.ts';

interface LedgerDependencies {
	readonly clock: Clock;
	readonly log: Pick<Log, 'warn' | 'info'>;
	readonly report: (error: unknown) => void;
}

/** The signed checkpoints of a site, each sent to its witnesses. Throws what `openCheckpoints` throws. */
export const openLedger = async (
	{ data, sealFile, witnesses: terms }: Pick<ServiceConfig, 'data' | 'sealFile' | 'witnesses'>,
	store: SqliteStore,
	applications: () => readonly string[],
	{ clock, log, report }: LedgerDependencies,
): Promise<{ readonly checkpoints: Checkpoints; readonly witnesses: Witnesses; stop(): Promise<void> }> => {
	const folder = join(data, 'ledger');
	const checkpoints = await openCheckpoints({ folder, sealFile, log }, store, applications, report);
	const { publicKey } = checkpoints;
	try {
		const witnesses = await openWitnesses({ folder, terms, publicKey, store, clock, log, report });
		checkpoints.onSigned(witnesses.offer);
		return {
			checkpoints,
			witnesses,
			stop: async () => {
				await checkpoints.stop();
				await witnesses.stop();
			},
		};
	} catch (error) {
		await checkpoints.stop();
		throw error;
	}
};

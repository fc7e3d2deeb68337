import { Problem } from '@keyward/core';
import { rehearse } from '../backup/rehearse.ts';
import { restorable } from '../backup/restorable.ts';
import { ledgerKeyName } from '../backup/restore.ts';
import { withRoom } from '../ingest/limits.ts';
import type { Answer, ApiDependencies } from './answer.ts';

/** Rehearses a restore; that it was proven is evidence. */
export const backupRehearse = ({
	config: { data, sealFile },
	store,
	checkpoints,
	limits,
	clock,
}: ApiDependencies): Answer<'backup.rehearse'> =>
	withRoom(limits, async ({ from }) => {
		const restored = await rehearse(data, from, sealFile);
		if (restored.ledgerKey !== ledgerKeyName(checkpoints.publicKey)) {
			throw new Problem('backup-broken', 'This is a backup of another site under the same seal.');
		}
		const { backup, ledgers } = restored;
		// What a rehearsal proves is no newer than the backup.
		await store.putFacts([restorable(backup, 'rehearsal')]);
		return { backup, at: clock.now(), readings: ledgers.reduce((sum, { readings }) => sum + readings, 0) };
	});

import { Problem } from '@keyward/core';
import type { Clock, FactStore } from '@keyward/core/port';
import { restorable } from '../backup/restorable.ts';
import { rehearse } from '../backup/rehearse.ts';
import { ledgerKeyName } from '../backup/restore.ts';
import type { Answers } from './answers.ts';

/** Rehearses a restore; that it was proven is evidence. `ledgerKey` is the SubjectPublicKeyInfo of this site's. */
export const backupAnswers = (
	store: FactStore,
	data: string,
	sealFile: string | null,
	ledgerKey: Uint8Array,
	clock: Clock,
): Answers<'backup.rehearse'> => ({
	'backup.rehearse': async ({ from }) => {
		const restored = await rehearse(data, from, sealFile);
		if (restored.ledgerKey !== ledgerKeyName(ledgerKey)) {
			throw new Problem('backup-broken', 'This is a backup of another site under the same seal.');
		}
		const { backup, ledgers } = restored;
		// What a rehearsal proves is no newer than the backup.
		await store.putFacts([restorable(backup, 'rehearsal')]);
		return { backup, at: clock.now(), readings: ledgers.reduce((sum, { readings }) => sum + readings, 0) };
	},
});

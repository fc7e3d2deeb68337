import { join } from 'node:path';
import { noteVerifierKey } from '@keyward/core/ledger';
import { checkpointsIn, lineOf, originOf } from './checkpoint-files.ts';
import { openLedgerKey } from './checkpoints.ts';

/**
 * The verifier key of each ledger of the site (C2SP signed-note vkey), by the name of the ledger: with it anybody can check
 * a checkpoint that was kept elsewhere. Throws `Problem('key-file')`.
 */
export const ledgerKeys = async (
	data: string,
	sealFile: string | null,
): Promise<{ readonly ledger: string; readonly key: string }[]> => {
	const folder = join(data, 'ledger');
	const { publicKey } = await openLedgerKey(folder, sealFile);
	const line = await lineOf(folder);
	const ledgers = (await checkpointsIn(folder)).toSorted();
	return ledgers.map((ledger) => ({ ledger, key: noteVerifierKey({ name: originOf(ledger, line), publicKey }) }));
};

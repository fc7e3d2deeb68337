import { Problem } from '@keyward/core';
import { TPM_RH, type TPMT_PUBLIC } from '@keyward/core/tpm2';
import { TPM2_GetCapability } from './commands/capability.ts';
import { TPM2_Clear } from './commands/hierarchy.ts';
import { readTpm2Key } from './key-file.ts';
import { openStorageKey } from './storage-key.ts';
import type { Tpm } from './tpm.ts';

/** TPM_PT_PERMANENT and two bits of it (Part 2 §8.6). */
const PERMANENT = 0x200;
const LOCKOUT_AUTH_SET = 1 << 2;
const DISABLE_CLEAR = 1 << 8;

/** Throws `Problem('tpm-failed')` when {@link clearTpm} would be refused: to be asked before anything is given up. */
export const requireClearable = (tpm: Tpm): Promise<void> =>
	tpm.operation(async () => {
		const input = { capability: 'properties', property: PERMANENT, propertyCount: 1 } as const;
		const permanent = (await TPM2_GetCapability(tpm, input)).properties.get(PERMANENT) ?? 0;
		// A wrong authorization of LOCKOUT shuts it for a day (Part 1 §19.8.5): it is never tried.
		if ((permanent & LOCKOUT_AUTH_SET) !== 0) {
			throw new Problem(
				'tpm-failed',
				'Clearing this TPM wants a password: remove it with "tpm2_changeauth -c lockout -p PASSWORD", then run this again.',
			);
		}
		if ((permanent & DISABLE_CLEAR) !== 0) {
			throw new Problem(
				'tpm-failed',
				'Clearing this TPM is switched off: allow it with "tpm2_clearcontrol -C p c" or in the firmware, then run this again.',
			);
		}
	});

/** Ends every key under the owner and under the endorsement hierarchy, also those of other programs (TPM2_Clear, Part 3 §24.6). */
export const clearTpm = async (tpm: Tpm): Promise<void> => {
	await requireClearable(tpm);
	await tpm.operation(() => TPM2_Clear(tpm, { authHandle: tpm.hierarchy(TPM_RH.LOCKOUT) }));
};

/** The public area of what the key of this name is under. Throws `Problem('key-file')`. */
export const parentOfTpm2Key = async (tpm: Tpm, folder: string, name: string): Promise<TPMT_PUBLIC> => {
	const { parent, rsaParent } = await readTpm2Key(folder, name);
	return tpm.operation(async () => {
		await using storage = await openStorageKey(tpm, parent, rsaParent);
		return storage.publicArea;
	});
};

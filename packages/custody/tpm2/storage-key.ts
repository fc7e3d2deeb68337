import { SRK_ECC_P256, SRK_RSA_2048, TPM_ALG, TPM_RH } from '@keyward/core/tpm2';
import { TPM2_GetCapability } from './commands/capability.ts';
import { TPM2_EvictControl } from './commands/object.ts';
import type { Loaded } from './handle.ts';
import { createPrimary, openPersistent } from './load.ts';
import type { Tpm } from './tpm.ts';

/** Where the storage primary key is when it is persistent (TCG TPM v2.0 Provisioning Guidance §7.8, table 2). */
export const SRK_HANDLE = 0x8100_0001;

/** Every persistent handle, in order. */
export const persistentHandles = async (tpm: Tpm): Promise<number[]> => {
	const found: number[] = [];
	for (let property = 0x8100_0000; ;) {
		const page = await TPM2_GetCapability(tpm, { capability: 'handles', property, propertyCount: 64 });
		found.push(...page.handles);
		const last = page.handles.at(-1);
		if (!page.moreData || last === undefined) return found;
		property = last + 1;
	}
};

/** The persistent storage key, where there is one at its place; else null. */
export const persistentStorageKey = async (tpm: Tpm): Promise<Loaded | null> => {
	const handles = await persistentHandles(tpm);
	if (!handles.includes(SRK_HANDLE)) return null;
	const key = await openPersistent(tpm, SRK_HANDLE);
	const { type, objectAttributes } = key.publicArea;
	const storage = type !== TPM_ALG.KEYEDHASH && objectAttributes.restricted && objectAttributes.decrypt;
	return storage ? key : null;
};

/**
 * The parent that a key file names: a persistent key, or the primary that the standard template makes in the owner's hierarchy.
 */
export const openStorageKey = (tpm: Tpm, parent: number, rsa: boolean): Promise<Loaded> =>
	parent === TPM_RH.OWNER
		? createPrimary(tpm, TPM_RH.OWNER, rsa ? SRK_RSA_2048 : SRK_ECC_P256)
		: openPersistent(tpm, parent);

/**
 * Makes the P-256 storage key persistent at {@link SRK_HANDLE} unless one is there, and gives its handle. Keys load faster under
 * it, and tpm2-pkcs11 takes it as `--primary-handle`. Wants the owner's authorization.
 */
export const provisionStorageKey = (tpm: Tpm): Promise<number> =>
	tpm.operation(async () => {
		if ((await persistentStorageKey(tpm)) !== null) return SRK_HANDLE;
		await using primary = await createPrimary(tpm, TPM_RH.OWNER, SRK_ECC_P256);
		await TPM2_EvictControl(tpm, {
			auth: tpm.hierarchy(TPM_RH.OWNER),
			objectHandle: primary,
			persistentHandle: SRK_HANDLE,
		});
		return SRK_HANDLE;
	});

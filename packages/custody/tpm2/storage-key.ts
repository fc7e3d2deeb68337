import { Problem } from '@keyward/core';
import { SRK_ECC_P256, SRK_RSA_2048, TPM_ALG, TPM_RH } from '@keyward/core/tpm2';
import { TPM2_GetCapability } from './commands/capability.ts';
import { TPM2_EvictControl } from './commands/object.ts';
import type { Loaded } from './protocol/handle.ts';
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

/** Places after that one, for ours where another program keeps there what keys cannot be under. */
const places = Array.from({ length: 15 }, (_, index) => SRK_HANDLE + index);

/** The persistent storage key, where there is one at its place or after it; else null. */
export const persistentStorageKey = async (tpm: Tpm): Promise<Loaded | null> => {
	const handles = await persistentHandles(tpm);
	for (const handle of places.filter((place) => handles.includes(place))) {
		const key = await openPersistent(tpm, handle);
		const { type, objectAttributes } = key.publicArea;
		const storage = type !== TPM_ALG.KEYEDHASH && objectAttributes.restricted && objectAttributes.decrypt;
		// Part 1 §19.8.6: loading under a parent with dictionary attack protection counts as using it. tpm2_createprimary and
		// FAPI leave such ones here; a key under them would be locked out by power cuts however it is made itself.
		if (storage && objectAttributes.noDA) return key;
	}
	return null;
};

/**
 * The parent that a key file names: a persistent key, or the primary that the standard template makes in the owner's hierarchy.
 */
export const openStorageKey = (tpm: Tpm, parent: number, rsa: boolean): Promise<Loaded> =>
	parent === TPM_RH.OWNER
		? createPrimary(tpm, TPM_RH.OWNER, rsa ? SRK_RSA_2048 : SRK_ECC_P256)
		: openPersistent(tpm, parent);

/**
 * Makes the P-256 storage key persistent at {@link SRK_HANDLE}, or at the next free handle, unless one is there, and gives its
 * handle. Keys load faster under it, and tpm2-pkcs11 takes it as `--primary-handle`. Wants the owner's authorization.
 */
export const provisionStorageKey = (tpm: Tpm): Promise<number> =>
	tpm.operation(async () => {
		const there = await persistentStorageKey(tpm);
		if (there !== null) return there.handle;
		const taken = await persistentHandles(tpm);
		const persistentHandle = places.find((place) => !taken.includes(place));
		if (persistentHandle === undefined) {
			throw new Problem(
				'tpm-failed',
				'No place is free for the storage key: free one from 0x81000001 to 0x8100000f with tpm2_evictcontrol.',
			);
		}
		await using primary = await createPrimary(tpm, TPM_RH.OWNER, SRK_ECC_P256);
		await TPM2_EvictControl(tpm, { auth: tpm.hierarchy(TPM_RH.OWNER), objectHandle: primary, persistentHandle });
		return persistentHandle;
	});

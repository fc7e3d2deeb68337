import { Problem } from '@keyward/core';
import { TPM_RC, TPM_RH } from '@keyward/core/tpm2';
import {
	TPM2_NV_DefineSpace,
	TPM2_NV_Increment,
	TPM2_NV_ReadPublic,
	TPM2_NV_Write,
	TPM2_NV_WriteLock,
} from './commands/nv.ts';
import { readNonVolatile } from './non-volatile.ts';
import { hasResponseCode } from './protocol/tpm-error.ts';
import type { Handle } from './protocol/handle.ts';
import type { Tpm } from './tpm.ts';

/** In the range of whoever owns the TPM (TCG registry of reserved handles, 01800000 to 01bfffff). */
const COUNTER = 0x0180_4b57;
const ORIGIN = 0x0180_4b58;

/** TPMA_NV (Part 2 §13.4). */
const OWNERWRITE = 1 << 1;
const TYPE_COUNTER = 1 << 4;
const WRITEDEFINE = 1 << 13;
const OWNERREAD = 1 << 17;
const AUTHREAD = 1 << 18;
const NO_DA = 1 << 25;

const COMMON = OWNERWRITE | OWNERREAD | AUTHREAD | NO_DA;

/** More steps than any series of releases; a floor of another kind would keep the TPM at it for hours. */
export const HIGHEST_COUNTED_FLOOR = 100_000;

/**
 * A floor that only rises, kept by the TPM: an NV counter, and a second index, locked for good, with the count that it began at (a
 * new counter begins behind every one that was, Part 1 §37.2.4). Whoever has the owner's authorization of the TPM can remove the two:
 * made again, they begin at 0. Throws `Problem('tpm-failed')`.
 */
export const tpmFloorCounter = (tpm: Tpm) => {
	const owner = tpm.hierarchy(TPM_RH.OWNER);
	const handleOf = async (index: number): Promise<Handle | null> =>
		TPM2_NV_ReadPublic(tpm, { nvIndex: index }).then(
			({ nvName }) => ({ handle: index, name: nvName }),
			(error: unknown) => {
				if (hasResponseCode(error, TPM_RC.HANDLE)) return null;
				throw error;
			},
		);
	const define = async (index: number, attributes: number): Promise<Handle> => {
		await TPM2_NV_DefineSpace(tpm, { authHandle: owner, nvIndex: index, attributes, dataSize: 8 });
		const made = await handleOf(index);
		if (made === null) throw new Problem('tpm-failed', 'The TPM does not keep the index of its security floor.');
		return made;
	};
	const count = async (): Promise<bigint | null> => numberOf(await readNonVolatile(tpm, COUNTER));
	const increment = async (): Promise<void> => {
		const nvIndex = await handleOf(COUNTER);
		if (nvIndex !== null) await TPM2_NV_Increment(tpm, { authHandle: owner, nvIndex });
	};
	const origin = async (): Promise<bigint | null> => numberOf(await readNonVolatile(tpm, ORIGIN));
	/** Cut short at any point, it goes on from there: the origin is written before the first step of the floor. */
	const prepare = async (): Promise<void> => {
		if ((await handleOf(COUNTER)) === null) await define(COUNTER, COMMON | TYPE_COUNTER);
		if ((await count()) === null) await increment();
		if ((await origin()) !== null) return;
		const nvIndex = (await handleOf(ORIGIN)) ?? (await define(ORIGIN, COMMON | WRITEDEFINE));
		const data = new Uint8Array(8);
		new DataView(data.buffer).setBigUint64(0, (await count()) ?? 0n);
		await TPM2_NV_Write(tpm, { authHandle: owner, nvIndex, data, offset: 0 });
		const written = await handleOf(ORIGIN);
		if (written !== null) await TPM2_NV_WriteLock(tpm, { authHandle: owner, nvIndex: written });
	};
	const read = async (): Promise<number> => {
		const [now, began] = [await count(), await origin()];
		if (now === null) return 0;
		// Without its origin the count says nothing: whoever took that away must not have made it 0.
		if (began === null || now < began)
			throw new Problem('tpm-failed', "The TPM's counter of the security floor is not the one it began with.");
		return Number(now - began);
	};
	return {
		read,
		raise: async (floor: number): Promise<void> => {
			if (floor > HIGHEST_COUNTED_FLOOR)
				throw new Problem('tpm-failed', `A TPM counts no security floor above ${HIGHEST_COUNTED_FLOOR}.`);
			await prepare();
			for (let at = await read(); at < floor; at++) await increment();
		},
	};
};

const numberOf = (bytes: Uint8Array | null): bigint | null =>
	bytes === null || bytes.length !== 8
		? null
		: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0);

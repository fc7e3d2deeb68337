import { Problem } from '@keyward/core';
import { TPM_RC, TPM_RH } from '@keyward/core/tpm2';
import { TPM2_NV_Read, TPM2_NV_ReadPublic } from './commands/nv.ts';
import type { Handle } from './protocol/handle.ts';
import type { Tpm } from './tpm.ts';
import { hasResponseCode } from './protocol/tpm-error.ts';

/** Every TPM reads so much at a time. */
const CHUNK = 512;

/** TPMA_NV (Part 2 §13.4). */
const OWNERREAD = 1 << 17;
const AUTHREAD = 1 << 18;
const NO_DA = 1 << 25;
const WRITTEN = 1 << 29;

/**
 * What an NV index holds; null when there is none or nothing in it. It is read with its own, empty authorization value or with the
 * owner's. Throws `TpmError`, and `Problem('tpm-failed')` when neither may read it.
 */
export const readNonVolatile = async (tpm: Tpm, index: number): Promise<Uint8Array | null> => {
	const found = await TPM2_NV_ReadPublic(tpm, { nvIndex: index }).catch((error: unknown) => {
		if (hasResponseCode(error, TPM_RC.HANDLE)) return null;
		throw error;
	});
	if (found === null) return null;
	const { attributes, dataSize } = found.nvPublic;
	const has = (bit: number): boolean => (attributes & bit) !== 0;
	if (!has(WRITTEN)) return null;
	const nvIndex: Handle = { handle: index, name: found.nvName };
	// Part 1 §19.8: a value that is not empty after all would count towards the lockout, so the owner comes before that.
	const readers: readonly Handle[] = [
		...(has(AUTHREAD) && has(NO_DA) ? [nvIndex] : []),
		...(has(OWNERREAD) ? [tpm.hierarchy(TPM_RH.OWNER)] : []),
		...(has(AUTHREAD) && !has(NO_DA) ? [nvIndex] : []),
	];
	for (const [tried, authHandle] of readers.entries()) {
		try {
			return await readAll(tpm, authHandle, nvIndex, dataSize);
		} catch (error) {
			const refused = hasResponseCode(error, TPM_RC.AUTH_FAIL, TPM_RC.BAD_AUTH, TPM_RC.LOCKOUT);
			if (!refused || tried === readers.length - 1) throw error;
		}
	}
	throw new Problem('tpm-failed', 'It may be read by the platform or with a policy only.');
};

const readAll = async (tpm: Tpm, authHandle: Handle, nvIndex: Handle, dataSize: number): Promise<Uint8Array> => {
	const contents = new Uint8Array(dataSize);
	for (let offset = 0; offset < dataSize; offset += CHUNK) {
		const size = Math.min(CHUNK, dataSize - offset);
		const { data } = await TPM2_NV_Read(tpm, { authHandle, nvIndex, size, offset });
		contents.set(data, offset);
	}
	return contents;
};

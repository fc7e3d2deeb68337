import { TPM_RC } from '@keyward/core/tpm2';
import { TPM2_NV_Read, TPM2_NV_ReadPublic } from './commands/nv.ts';
import type { Tpm } from './tpm.ts';
import { hasResponseCode } from './tpm-error.ts';

/** Every TPM reads so much at a time. */
const CHUNK = 512;

/** TPMA_NV_WRITTEN (Part 2 §13.4). */
const WRITTEN = 2 ** 29;

/** What an NV index holds that may be read with its own, empty authorization value; null when there is none or nothing in it. */
export const readNonVolatile = async (tpm: Tpm, index: number): Promise<Uint8Array | null> => {
	const found = await TPM2_NV_ReadPublic(tpm, { nvIndex: index }).catch((error: unknown) => {
		if (hasResponseCode(error, TPM_RC.HANDLE)) return null;
		throw error;
	});
	if (found === null || (found.nvPublic.attributes & WRITTEN) === 0) return null;
	const handle = { handle: index, name: found.nvName };
	const { dataSize } = found.nvPublic;
	const contents = new Uint8Array(dataSize);
	for (let offset = 0; offset < dataSize; offset += CHUNK) {
		const size = Math.min(CHUNK, dataSize - offset);
		const { data } = await TPM2_NV_Read(tpm, { authHandle: handle, nvIndex: handle, size, offset });
		contents.set(data, offset);
	}
	return contents;
};

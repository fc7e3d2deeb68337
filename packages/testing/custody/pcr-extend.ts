import { hash } from 'node:crypto';
import { concat, TPM_ALG, u16, u32 } from '@keyward/core/tpm2';
import { command, openTpm } from '@keyward/custody/tpm2';

/** Part 3 §22.2, of the SHA-256 bank: PCRs extend under their empty authorization. */
const TPM2_PCR_Extend = command({
	name: 'TPM2_PCR_Extend',
	code: 0x182,
	handles: ({ pcr }: { readonly pcr: number; readonly digest: Uint8Array }) => [
		{ handle: pcr, name: Uint8Array.from(u32(pcr)) },
	],
	authorized: 1,
	parameters: ({ digest }) => [concat(u32(1), u16(TPM_ALG.SHA256), digest)],
	output: () => null,
});

/** Measures into a TPM as firmware and boot loader do. */
export const measure = async (
	tcti: string,
	measured: readonly { readonly pcr: number; readonly what: string }[],
): Promise<void> => {
	await using tpm = openTpm(tcti);
	for (const { pcr, what } of measured)
		await tpm.operation(() => TPM2_PCR_Extend(tpm, { pcr, digest: hash('sha256', Buffer.from(what), 'buffer') }));
};

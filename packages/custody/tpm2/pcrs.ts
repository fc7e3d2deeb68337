import { hash } from 'node:crypto';
import { Problem } from '@keyward/core';
import { selectedPcrs, selectPcrs, TPM_ALG, TPM_ST, TPMS_ATTEST } from '@keyward/core/tpm2';
import { type Attestation, quote } from './attest.ts';
import type { AttestationKey } from './attestation-key.ts';
import { TPM2_PCR_Read } from './commands/attestation.ts';
import type { Tpm } from './tpm.ts';

/** PCRs that say how a machine started and what it runs (TCG PC Client PFP §2.3.4); 16 and 23 are for debugging and applications. */
const BOOT_PCRS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/** A quote, and the values that it is about. */
export interface QuotedPcrs extends Attestation {
	/** Of the SHA-256 bank, by number. */
	readonly values: ReadonlyMap<number, Uint8Array>;
}

/** Reads PCRs of the SHA-256 bank. Throws `Problem('tpm-failed')` for a TPM without that bank. */
export const readPcrs = async (tpm: Tpm, pcrs: readonly number[] = BOOT_PCRS): Promise<Map<number, Uint8Array>> => {
	const found = new Map<number, Uint8Array>();
	for (let missing = [...pcrs]; missing.length > 0;) {
		const input = { pcrSelectionIn: [selectPcrs(TPM_ALG.SHA256, ...missing)] };
		const { pcrSelectionOut, pcrValues } = await tpm.operation(() => TPM2_PCR_Read(tpm, input));
		const read = pcrSelectionOut.flatMap(selectedPcrs);
		if (read.length === 0 || pcrValues.length !== read.length)
			throw new Problem('tpm-failed', 'The TPM has no SHA-256 bank of PCRs: switch it on in the firmware.');
		for (const [index, pcr] of read.entries()) found.set(pcr, pcrValues[index] ?? new Uint8Array());
		missing = missing.filter((pcr) => !found.has(pcr));
	}
	return found;
};

const TRIES = 5;

/** The attestation key's word on the boot PCRs, and their values; a PCR that was extended meanwhile is read again. */
export const quotePcrs = async (
	tpm: Tpm,
	attestationKey: AttestationKey,
	qualifyingData: Uint8Array,
): Promise<QuotedPcrs> => {
	for (let tries = 0; tries < TRIES; tries++) {
		const said = await quote(tpm, attestationKey, [selectPcrs(TPM_ALG.SHA256, ...BOOT_PCRS)], qualifyingData);
		const values = await readPcrs(tpm);
		const { attested } = TPMS_ATTEST.unmarshal(said.attest);
		const digest = hash('sha256', Buffer.concat([...values.values()]), 'buffer');
		if (attested.type === TPM_ST.ATTEST_QUOTE && Buffer.compare(digest, attested.pcrDigest) === 0)
			return { ...said, values: new Map([...values].toSorted(([a], [b]) => a - b)) };
	}
	throw new Problem('tpm-failed', 'The PCRs of this TPM change faster than they can be quoted: try again.');
};

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { TPMT_PUBLIC } from '@keyward/core/tpm2';
import {
	activateCredential,
	clearTpm,
	createAttestationKey,
	eraseTpm2Key,
	openTpm,
	quotePcrs,
	readEndorsement,
	requireClearable,
} from '@keyward/custody/tpm2';
import type { Attestor } from './attestor.ts';
import type { Hardware } from './hardware.ts';
import { endorsementChain, openMadeAttestationKey } from './tpm2.ts';

type TpmHardware = Extract<Hardware, { custody: 'tpm2' }>;

/** What a TPM that has no key of the device any more can still say. */
export type ClearedTpm = Omit<Attestor, 'certify' | 'floor' | 'parent'>;

/** Throws `Problem('tpm-failed')` when this TPM cannot be cleared. */
export const requireClearableTpm = async ({ tcti }: TpmHardware): Promise<void> => {
	await using tpm = openTpm(tcti);
	await requireClearable(tpm);
};

/** The key that speaks for a TPM after it was cleared. */
const SPEAKER = 'cleared_attestation';

/**
 * Clears the TPM, for ever, and has it speak of itself with a new attestation key under the endorsement key that spoke for the key of this
 * name. Throws `Problem('tpm-failed')`, `Problem('tpm-unreachable')`, `Problem('key-file')`.
 */
export const speakCleared = async <Result>(
	deviceFolder: string,
	{ tcti }: TpmHardware,
	name: string,
	use: (cleared: ClearedTpm) => Promise<Result>,
): Promise<Result> => {
	const folder = join(deviceFolder, 'tpm');
	await using tpm = openTpm(tcti);
	const made = await openMadeAttestationKey(tpm, folder, name);
	if (made === null) throw new Problem('key-file', `No key of ${folder} speaks for this TPM: it was never attested.`);
	await clearTpm(tpm);
	const endorsement = await readEndorsement(tpm, made.endorsement);
	const file = join(folder, 'endorsement.pem');
	const endorsementCertificates = await endorsementChain(
		tpm,
		endorsement,
		existsSync(file) ? { endorsementFile: file } : {},
	);
	// One of a try before is under a hierarchy that was cleared since.
	await eraseTpm2Key(folder, SPEAKER);
	const speaker = await createAttestationKey(tpm, folder, SPEAKER, endorsement.kind);
	return await use({
		endorsementCertificates,
		attestationKey: TPMT_PUBLIC.marshal(speaker.publicArea),
		quote: (qualifyingData) => quotePcrs(tpm, speaker, qualifyingData),
		answer: (credential) => activateCredential(tpm, speaker, credential),
	});
};

import { Problem } from '@keyward/core';
import { ATTESTATION_KEY_P256, objectName, TPM_RH, type TpmKeyFile, type TPMT_PUBLIC } from '@keyward/core/tpm2';
import { TPM2_Create } from './commands/object.ts';
import { type EndorsementKind, openEndorsementKey } from './endorsement-key.ts';
import type { Handle, Loaded } from './protocol/handle.ts';
import { readTpm2Key, refuseSecondKey, tpm2KeyFileOf, writeTpm2Key } from './key-file.ts';
import { loadUnder } from './load.ts';
import { startEndorsementSession } from './start-session.ts';
import type { Tpm } from './tpm.ts';

/** A restricted signing key under the endorsement key: what it signs, the TPM says. */
export interface AttestationKey {
	readonly publicArea: TPMT_PUBLIC;
	readonly tpmName: Uint8Array;
	/** Of the endorsement key that it is under. */
	readonly endorsement: EndorsementKind;
	/** Loads it, within an operation of its TPM, `parent` being the endorsement key. */
	loadUnder(parent: Handle): Promise<Loaded>;
}

/**
 * Makes an attestation key on P-256 under the endorsement key of this kind, and keeps it in the folder as other TPM keys are.
 * Throws as `createTpm2Key` does.
 */
export const createAttestationKey = async (
	tpm: Tpm,
	folder: string,
	name: string,
	endorsement: EndorsementKind,
): Promise<AttestationKey> => {
	await refuseSecondKey(folder, name);
	const file = await tpm.operation(async (): Promise<TpmKeyFile> => {
		await using parent = await openEndorsementKey(tpm, endorsement);
		await using policy = await startEndorsementSession(tpm);
		const { outPrivate, outPublic } = await TPM2_Create(tpm, {
			parentHandle: { ...parent, session: policy.session },
			inPublic: ATTESTATION_KEY_P256,
		});
		return {
			emptyAuth: true,
			description: null,
			rsaParent: endorsement === 'rsa-2048',
			parent: TPM_RH.ENDORSEMENT,
			publicArea: outPublic,
			privateArea: outPrivate,
		};
	});
	await writeTpm2Key(folder, name, file);
	return keyOf(tpm, file);
};

/** Opens what {@link createAttestationKey} made. Throws `Problem('key-file')`. */
export const openAttestationKey = async (tpm: Tpm, folder: string, name: string): Promise<AttestationKey> => {
	const file = await readTpm2Key(folder, name);
	const { sign, restricted } = file.publicArea.objectAttributes;
	if (file.parent !== TPM_RH.ENDORSEMENT || !sign || !restricted) {
		throw new Problem('key-file', `${tpm2KeyFileOf(folder, name)} is no attestation key under an endorsement key.`);
	}
	return keyOf(tpm, file);
};

/** Loads it and frees the endorsement key's slot. */
export const loadAttestationKey = async (tpm: Tpm, key: AttestationKey): Promise<Loaded> => {
	await using parent = await openEndorsementKey(tpm, key.endorsement);
	return await key.loadUnder(parent);
};

const keyOf = (tpm: Tpm, file: TpmKeyFile): AttestationKey => ({
	publicArea: file.publicArea,
	tpmName: objectName(file.publicArea),
	endorsement: file.rsaParent ? 'rsa-2048' : 'ecc-p256',
	loadUnder: async (parent) => {
		await using policy = await startEndorsementSession(tpm);
		return await loadUnder(tpm, { ...parent, session: policy.session }, file);
	},
});

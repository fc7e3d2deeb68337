import { agreementPoint, sharedSecret } from '@keyward/core/format/key-agreement';
import type { AgreementKey } from '@keyward/core/port';
import {
	AGREEMENT_KEY_P256,
	AGREEMENT_KEY_P256_WITH_PIN,
	toSubjectPublicKeyInfo,
	type TpmKeyFile,
} from '@keyward/core/tpm2';
import { TPM2_ECDH_ZGen } from './commands/agreement.ts';
import type { Loaded } from './protocol/handle.ts';
import { ENCRYPT } from './protocol/session.ts';
import type { Tpm } from './tpm.ts';
import { loadWrappedKey, makeWrappedKey, readWrappedKey, type Tpm2KeyOptions, useWrappedKey } from './wrapped-key.ts';

/** A key in a TPM that agrees. */
export interface Tpm2AgreementKey extends AgreementKey {
	readonly custody: 'tpm2';
}

/** Makes a P-256 key for agreement inside the TPM, and throws, as {@link makeWrappedKey} does. */
export const createTpm2AgreementKey = async (
	tpm: Tpm,
	folder: string,
	name: string,
	options: Tpm2KeyOptions = {},
): Promise<Tpm2AgreementKey> => {
	const authValue = options.authValue ?? new Uint8Array();
	const template = authValue.length === 0 ? AGREEMENT_KEY_P256 : AGREEMENT_KEY_P256_WITH_PIN;
	return keyOf(tpm, await makeWrappedKey(tpm, folder, name, template, authValue), authValue);
};

/** Opens what {@link createTpm2AgreementKey} made. Throws `Problem('key-file')`, for a key that signs too. */
export const openTpm2AgreementKey = async (
	tpm: Tpm,
	folder: string,
	name: string,
	options: Tpm2KeyOptions = {},
): Promise<Tpm2AgreementKey> =>
	keyOf(tpm, await readWrappedKey(folder, name, 'decrypt', options), options.authValue ?? new Uint8Array());

const keyOf = (tpm: Tpm, file: TpmKeyFile, authValue: Uint8Array): Tpm2AgreementKey => {
	// The secret comes back over the bus: encrypted to this process, so that a listener there does not learn it (Part 1 §21).
	const load = (): Promise<Loaded> => loadWrappedKey(tpm, file, authValue, ENCRYPT);
	const key: Tpm2AgreementKey = {
		publicKey: toSubjectPublicKeyInfo(file.publicArea),
		custody: 'tpm2',
		agree: async (publicKey) => {
			const point = agreementPoint(publicKey);
			const inPoint = { x: point.subarray(1, 33), y: point.subarray(33) };
			const { outPoint } = await useWrappedKey(tpm, key, file, load, (keyHandle) =>
				TPM2_ECDH_ZGen(tpm, { keyHandle, inPoint }),
			);
			return sharedSecret(outPoint.x);
		},
	};
	return key;
};

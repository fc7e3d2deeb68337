import { Problem } from '@keyward/core';
import { EK_ECC_P256, EK_RSA_2048, TPM_ALG, TPM_RH, TPMT_PUBLIC } from '@keyward/core/tpm2';
import type { Loaded } from './handle.ts';
import { createPrimary, openPersistent } from './load.ts';
import { readNonVolatile } from './non-volatile.ts';
import { persistentHandles } from './storage-key.ts';
import type { Tpm } from './tpm.ts';

/** Which default template of the TCG EK Credential Profile the endorsement key has. */
export type EndorsementKind = 'ecc-p256' | 'rsa-2048';

export interface Endorsement {
	readonly kind: EndorsementKind;
	readonly publicArea: TPMT_PUBLIC;
	/** The maker's X.509 certificate of this key, DER; null when the TPM carries none. It is not judged here. */
	readonly certificate: Uint8Array | null;
}

/** Templates, and the NV indices of their certificates (EK Credential Profile §2.2.1.4). */
const kinds = Object.freeze({
	'ecc-p256': { template: EK_ECC_P256, certificateIndex: 0x01c0_000a },
	'rsa-2048': { template: EK_RSA_2048, certificateIndex: 0x01c0_0002 },
} as const);

/**
 * The TPM's endorsement key and its certificate: of that kind, or of the first kind that has a certificate, P-256 before RSA;
 * P-256 when none has. Throws `Problem('tpm-failed')` when the certificate is for another key than the template makes.
 */
export const readEndorsement = (tpm: Tpm, kind?: EndorsementKind): Promise<Endorsement> =>
	tpm.operation(async () => {
		const candidates: readonly EndorsementKind[] = kind === undefined ? ['ecc-p256', 'rsa-2048'] : [kind];
		for (const candidate of candidates) {
			const contents = await readNonVolatile(tpm, kinds[candidate].certificateIndex);
			if (contents !== null) return withCertificate(tpm, candidate, trimToDer(contents));
		}
		return withCertificate(tpm, kind ?? 'ecc-p256', null);
	});

const withCertificate = async (
	tpm: Tpm,
	kind: EndorsementKind,
	certificate: Uint8Array | null,
): Promise<Endorsement> => {
	await using key = await openEndorsementKey(tpm, kind);
	const { publicArea } = key;
	const { unique } = publicArea;
	if (certificate !== null && !Buffer.from(certificate).includes(Buffer.from('x' in unique ? unique.x : unique))) {
		throw new Problem(
			'tpm-failed',
			'The EK certificate in the TPM is not for the key that the default template makes; own templates are not supported.',
		);
	}
	return { kind, publicArea, certificate };
};

/** The endorsement key: persistent where it is, otherwise made from its template, which takes a slow TPM long for RSA. */
export const openEndorsementKey = async (tpm: Tpm, kind: EndorsementKind): Promise<Loaded> => {
	const { template } = kinds[kind];
	for (const handle of await persistentHandles(tpm)) {
		// Endorsement keys have their own range (TCG Registry of Reserved TPM 2.0 Handles §2.3.1).
		if (handle < 0x8101_0000 || handle > 0x8101_ffff) continue;
		const key = await openPersistent(tpm, handle);
		if (isMadeFrom(key.publicArea, template)) return key;
	}
	return createPrimary(tpm, TPM_RH.ENDORSEMENT, template);
};

const isMadeFrom = (area: TPMT_PUBLIC, template: typeof EK_ECC_P256 | typeof EK_RSA_2048): boolean => {
	if (area.type !== template.type) return false;
	const blank =
		area.type === TPM_ALG.ECC ? { ...area, unique: EK_ECC_P256.unique } : { ...area, unique: EK_RSA_2048.unique };
	return Buffer.compare(TPMT_PUBLIC.marshal(blank), TPMT_PUBLIC.marshal(template)) === 0;
};

/** An index may be larger than the certificate in it. */
const trimToDer = (contents: Uint8Array): Uint8Array => {
	const size = contents[0] === 0x30 && contents[1] === 0x82 ? 4 + (contents[2] ?? 0) * 256 + (contents[3] ?? 0) : 0;
	if (size === 0 || size > contents.length) {
		throw new Problem('tpm-malformed', 'What the TPM keeps in the place of its EK certificate is no certificate.');
	}
	return contents.subarray(0, size);
};

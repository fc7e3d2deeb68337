import { EK_ECC_P256, EK_RSA_2048, TPM_ALG, TPM_RH, TPMT_PUBLIC } from '@keyward/core/tpm2';
import { readCertificateAt } from './endorsement-certificate.ts';
import type { Loaded } from './protocol/handle.ts';
import { createPrimary, openPersistent } from './load.ts';
import { persistentHandles } from './storage-key.ts';
import type { Tpm } from './tpm.ts';

/** Which default template of the TCG EK Credential Profile the endorsement key has. */
export type EndorsementKind = 'ecc-p256' | 'rsa-2048';

export interface Endorsement {
	readonly kind: EndorsementKind;
	readonly publicArea: TPMT_PUBLIC;
	/** The manufacturer's X.509 certificate of this key, DER; null when the TPM carries none. It is not judged here. */
	readonly certificate: Uint8Array | null;
	/** Why what lies where other certificates may lie is of no use, one sentence each. */
	readonly unusable: readonly string[];
}

/**
 * Templates, and the NV indices where their certificates may lie: in the low range first, and in the high range, where manufacturers
 * keep them beside those of the high range's own templates (EK Credential Profile §2.2.1.4, §2.2.1.5).
 */
const kinds = Object.freeze({
	'ecc-p256': { template: EK_ECC_P256, certificateIndices: [0x01c0_000a, 0x01c0_0014] },
	'rsa-2048': { template: EK_RSA_2048, certificateIndices: [0x01c0_0002, 0x01c0_0012] },
} as const);

/**
 * The TPM's endorsement key and its certificate: of that kind, or of the first kind that has a certificate, P-256 before RSA;
 * P-256 when none has.
 */
export const readEndorsement = (tpm: Tpm, kind?: EndorsementKind): Promise<Endorsement> =>
	tpm.operation(async () => {
		const candidates: readonly EndorsementKind[] = kind === undefined ? ['ecc-p256', 'rsa-2048'] : [kind];
		const unusable: string[] = [];
		const areas = new Map<EndorsementKind, TPMT_PUBLIC>();
		const areaOf = async (candidate: EndorsementKind): Promise<TPMT_PUBLIC> => {
			const known = areas.get(candidate);
			if (known !== undefined) return known;
			await using key = await openEndorsementKey(tpm, candidate);
			areas.set(candidate, key.publicArea);
			return key.publicArea;
		};
		for (const candidate of candidates) {
			for (const index of kinds[candidate].certificateIndices) {
				const found = await readCertificateAt(tpm, index, () => areaOf(candidate));
				if (found !== null && 'certificate' in found) {
					return { kind: candidate, publicArea: await areaOf(candidate), certificate: found.certificate, unusable };
				}
				if (found !== null) unusable.push(found.unusable);
			}
		}
		const first = kind ?? 'ecc-p256';
		return { kind: first, publicArea: await areaOf(first), certificate: null, unusable };
	});

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

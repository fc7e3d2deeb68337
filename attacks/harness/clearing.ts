import { clearedQualifyingData, clearingQualifyingData } from '@keyward/core/attest';
import { base64, challenge, type EstReply, openEst } from './attested-device.ts';
import { signerFor } from './est.ts';
import type { ProgramTpm } from './program-tpm.ts';
import type { AttackedSite } from './site.ts';

/** A device that goes out of service, and what its TPM says. */
export interface Retiring {
	readonly site: Pick<AttackedSite, 'url'>;
	/** `{application}/{device}`. */
	readonly device: string;
	readonly tpm: ProgramTpm;
	readonly endorsement: readonly Uint8Array[];
}

/** Shows, under the certificate, that the key is in the TPM and goes when that is cleared; the answer has the secret. */
export const announceClearing = async (
	{ site, device, tpm, endorsement }: Retiring,
	tls: { readonly cert: string; readonly key: string },
): Promise<EstReply> => {
	const est = await openEst(site, tls, {});
	try {
		const nonce = await challenge(est, tpm, endorsement);
		if (!(nonce instanceof Uint8Array)) return nonce;
		const { publicKey } = signerFor(tpm.deviceKey);
		const said = tpm.certify(clearingQualifyingData(nonce, est.exporter(), publicKey, device));
		const body = { key: tpm.deviceArea, attest: said.attest, signature: said.signature, parent: tpm.parentArea };
		const octets = Object.entries(body).map(([name, value]) => [name, base64(value)] as const);
		return await est.post('clearing', JSON.stringify(Object.fromEntries(octets)));
	} finally {
		est.close();
	}
};

/** Says that the TPM was cleared, by its word of now. */
export const claimCleared = async ({ site, device, tpm, endorsement }: Retiring, secret: string): Promise<EstReply> => {
	const authorization = `Basic ${Buffer.from(`keyward:cleared:${device}:${secret}`).toString('base64')}`;
	const est = await openEst(site, {}, { authorization });
	try {
		const nonce = await challenge(est, tpm, endorsement);
		if (!(nonce instanceof Uint8Array)) return nonce;
		const { attest, signature } = tpm.quote(
			clearedQualifyingData(nonce, est.exporter(), device),
			new Map([[0, nonce]]),
		);
		return await est.post('cleared', JSON.stringify({ attest: base64(attest), signature: base64(signature) }));
	} finally {
		est.close();
	}
};

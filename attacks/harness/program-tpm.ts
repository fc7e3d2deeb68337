import { createDecipheriv, createECDH, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import { FLOOR_COUNTER_NAME, FLOOR_ORIGIN_NAME, type FloorEvidence } from '@keyward/core/attest';
import {
	type Attested,
	ATTESTATION_KEY_P256,
	EK_ECC_P256,
	handleName,
	KDFa,
	KDFe,
	objectName,
	qualifiedName,
	selectPcrs,
	SIGNING_KEY_P256,
	SRK_ECC_P256,
	TPM_ALG,
	TPM_RH,
	TPM_ST,
	TPMS_ATTEST,
	type TPMS_CLOCK_INFO,
	TPMS_ECC_POINT,
	TPMS_ID_OBJECT,
	TPMT_PUBLIC,
	TPMT_SIGNATURE,
	u64,
	withPublicKey,
} from '@keyward/core/tpm2';
import { signerFor } from './est.ts';

/** What a TPM states, marshalled. */
export interface Stated {
	readonly attest: Uint8Array;
	readonly signature: Uint8Array;
}

/** A TPM as a program: what genuine ones of the same manufacturer would say, and whatever else the attack wants said. */
export interface ProgramTpm {
	/** TPMT_PUBLIC, marshalled. */
	readonly attestationKey: Uint8Array;
	readonly deviceKey: KeyObject;
	/** TPMT_PUBLIC of the device key, marshalled. */
	readonly deviceArea: Uint8Array;
	/** TPMT_PUBLIC of the storage key that it is under, marshalled. */
	readonly parentArea: Uint8Array;
	/** What it says of its clock from now on. */
	clock: TPMS_CLOCK_INFO;
	/** TPM2_ActivateCredential. */
	activate(credentialBlob: Uint8Array, secret: Uint8Array): Uint8Array;
	certify(qualifyingData: Uint8Array): Stated;
	/** TPM2_NV_Certify of its security floor, and of where it began. */
	floor(qualifyingData: Uint8Array, count: bigint, origin: bigint): FloorEvidence;
	/** TPM2_Quote of these PCRs of the SHA-256 bank. */
	quote(qualifyingData: Uint8Array, pcrs: ReadonlyMap<number, Uint8Array>): Stated;
}

const freshKey = (): { readonly privateKey: KeyObject; readonly spki: Uint8Array } => {
	const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	return { privateKey, spki: signerFor(privateKey).publicKey };
};

/** `endorsementKey` is on P-256, and what the manufacturer has certified. `hierarchy`: what the device key's parent is the primary of. */
export const makeProgramTpm = (endorsementKey: KeyObject, hierarchy: number = TPM_RH.OWNER): ProgramTpm => {
	const endorsementArea = withPublicKey(EK_ECC_P256, signerFor(endorsementKey).publicKey);
	const attestation = freshKey();
	const device = freshKey();
	const attestationArea = withPublicKey(ATTESTATION_KEY_P256, attestation.spki);
	const deviceArea = withPublicKey(SIGNING_KEY_P256, device.spki);
	const endorsed = qualifiedName(endorsementArea, handleName(TPM_RH.ENDORSEMENT));
	const parentArea = withPublicKey(SRK_ECC_P256, freshKey().spki);
	const name = objectName(attestationArea);

	const state = (extraData: Uint8Array, attested: Attested): Stated => {
		const attest = TPMS_ATTEST.marshal({
			qualifiedSigner: qualifiedName(attestationArea, endorsed),
			extraData,
			clockInfo: tpm.clock,
			firmwareVersion: 1n,
			attested,
		});
		const value = sign('sha256', attest, { key: attestation.privateKey, dsaEncoding: 'ieee-p1363' });
		return {
			attest,
			signature: TPMT_SIGNATURE.marshal({
				...{ sigAlg: TPM_ALG.ECDSA, hash: TPM_ALG.SHA256 },
				signatureR: new Uint8Array(value.subarray(0, 32)),
				signatureS: new Uint8Array(value.subarray(32)),
			}),
		};
	};

	const tpm: ProgramTpm = {
		clock: { clock: 86_400_000n, resetCount: 1, restartCount: 0, safe: 1 },
		parentArea: TPMT_PUBLIC.marshal(parentArea),
		attestationKey: TPMT_PUBLIC.marshal(attestationArea),
		deviceKey: device.privateKey,
		deviceArea: TPMT_PUBLIC.marshal(deviceArea),
		// Part 1 §24 and C.6.1: the seed by ECDH, the credential under keys of it.
		activate: (credentialBlob, secret) => {
			const { encIdentity } = TPMS_ID_OBJECT.unmarshal(credentialBlob);
			const ephemeral = TPMS_ECC_POINT.unmarshal(secret);
			const own = createECDH('prime256v1');
			own.setPrivateKey(Buffer.from(endorsementKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
			const z = own.computeSecret(Buffer.concat([Buffer.of(4), ephemeral.x, ephemeral.y]));
			const ownX = new Uint8Array(own.getPublicKey().subarray(1, 33));
			const seed = KDFe(TPM_ALG.SHA256, new Uint8Array(z), 'IDENTITY', ephemeral.x, ownX, 256);
			const key = KDFa(TPM_ALG.SHA256, seed, 'STORAGE', name, new Uint8Array(), 128);
			const decipher = createDecipheriv('aes-128-cfb', key, new Uint8Array(16));
			return new Uint8Array(Buffer.concat([decipher.update(encIdentity), decipher.final()]).subarray(2));
		},
		certify: (data) => {
			const under = qualifiedName(deviceArea, qualifiedName(parentArea, handleName(hierarchy)));
			return state(data, { type: TPM_ST.ATTEST_CERTIFY, name: objectName(deviceArea), qualifiedName: under });
		},
		floor: (data, count, origin) => {
			const holds = (indexName: Uint8Array, value: bigint): Stated =>
				state(data, { type: TPM_ST.ATTEST_NV, indexName, offset: 0, nvContents: u64(value) });
			const [now, began] = [holds(FLOOR_COUNTER_NAME, count), holds(FLOOR_ORIGIN_NAME, origin)];
			return { ...now, originAttest: began.attest, originSignature: began.signature };
		},
		quote: (data, pcrs) => {
			const values = Buffer.concat([...pcrs.values()]);
			const pcrSelect = [selectPcrs(TPM_ALG.SHA256, ...pcrs.keys())];
			const pcrDigest = new Uint8Array(hash('sha256', values, 'buffer'));
			return state(data, { type: TPM_ST.ATTEST_QUOTE, pcrSelect, pcrDigest });
		},
	};
	return tpm;
};

import { KeyUsageFlags } from '@peculiar/asn1-x509';
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { extendedKeyUsage, keyUsage, basicConstraints, randomSerial } from '../enrol/certificate-profile.ts';
import {
	assembleCertificate,
	freezeCertificate,
	type CertificateView,
	readCertificate,
} from '../format/certificate.ts';
import { encodeName } from '../format/distinguished-name.ts';
import { testSigner, type TestSigner } from '../format/signer.fixture.ts';
import {
	ATTESTATION_KEY_P256,
	type Attested,
	type EccPublic,
	EK_ECC_P256,
	EK_RSA_2048,
	handleName,
	objectName,
	qualifiedName,
	SIGNING_KEY_P256,
	TPM_ALG,
	TPM_RH,
	TPM_ST,
	TPMS_ATTEST,
	type TPMS_CLOCK_INFO,
	TPMT_PUBLIC,
	TPMT_SIGNATURE,
	withPublicKey,
} from '../format/tpm2/index.ts';
import type { Instant } from '../units/instant.ts';
import { days } from '../units/milliseconds.ts';
import type { CertifiedKeyEvidence } from './certified-key.ts';
import type { Manufacturer } from './trust.ts';

const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) };

export interface PaperAuthority {
	readonly signer: TestSigner;
	readonly view: CertificateView;
}

/** What a manufacturer's certificates are made with; each part of it can be wrong. */
export interface EndorsementTerms {
	readonly publicKey: Uint8Array;
	readonly notBefore?: Instant;
	readonly notAfter?: Instant;
	readonly purpose?: string;
	readonly authority?: boolean;
	/** By default that of an endorsement key of its kind, and none for other purposes; null for none. */
	readonly usage?: number | null;
}

export const now: Instant = Date.UTC(2026, 10, 22, 12);

/** Its own root, or an authority under another. */
export const makeAuthority = async (commonName: string, issuer?: PaperAuthority): Promise<PaperAuthority> => {
	const signer = testSigner();
	const name = encodeName([['CN', commonName]]);
	const by = issuer?.signer ?? signer;
	const frozen = freezeCertificate(
		{
			serial: randomSerial(entropy),
			issuer: issuer?.view.subjectName ?? name,
			subject: name,
			notBefore: now - days(1000),
			notAfter: now + days(1000),
			publicKey: signer.publicKey,
			extensions: [basicConstraints({ cA: true }), keyUsage(KeyUsageFlags.keyCertSign)],
		},
		by.publicKey,
	);
	return { signer, view: readCertificate(assembleCertificate(frozen, by.publicKey, await by.sign(frozen))) };
};

/** A SubjectPublicKeyInfo of a point is shorter than any modulus. */
const usageOf = (spki: Uint8Array): number =>
	spki.length > 200 ? KeyUsageFlags.keyEncipherment : KeyUsageFlags.keyAgreement;

/** An endorsement certificate, DER. */
export const endorse = async (issuer: PaperAuthority, terms: EndorsementTerms): Promise<Uint8Array> => {
	const purpose = terms.purpose ?? '2.23.133.8.1';
	const { usage = purpose === '2.23.133.8.1' ? usageOf(terms.publicKey) : null } = terms;
	const frozen = freezeCertificate(
		{
			serial: randomSerial(entropy),
			issuer: issuer.view.subjectName,
			subject: encodeName([['CN', 'part']]),
			notBefore: terms.notBefore ?? now - days(500),
			notAfter: terms.notAfter ?? now + days(500),
			publicKey: terms.publicKey,
			extensions: [
				basicConstraints({ cA: terms.authority ?? false }),
				extendedKeyUsage(purpose),
				...(usage === null ? [] : [keyUsage(usage)]),
			],
		},
		issuer.signer.publicKey,
	);
	return assembleCertificate(frozen, issuer.signer.publicKey, await issuer.signer.sign(frozen));
};

export const manufacturerOf = (root: PaperAuthority, more: Partial<Manufacturer> = {}): Manufacturer => ({
	name: 'paper-mill',
	anchors: [root.view.der],
	emulated: false,
	...more,
});

interface PaperKey {
	readonly area: TPMT_PUBLIC;
	readonly spki: Uint8Array;
	readonly privateKey: KeyObject;
}

const makeKey = (template: EccPublic): PaperKey => {
	const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
	return { area: withPublicKey(template, spki), spki, privateKey };
};

/** What a TPM says and how it says it; each part of it can be another than a TPM would give. */
export interface Saying {
	readonly extraData: Uint8Array;
	readonly name?: Uint8Array;
	readonly qualifiedSigner?: Uint8Array;
	readonly firmwareVersion?: bigint;
	readonly clockInfo?: TPMS_CLOCK_INFO;
	/** Instead of the word on the key. */
	readonly attested?: Attested;
	readonly signedBy?: KeyObject;
	readonly key?: TPMT_PUBLIC;
}

/** Keys in the shape of a TPM's, made in software, so that a test can say with them what no TPM would. */
export interface PaperTpm {
	/** SubjectPublicKeyInfo of the endorsement key. */
	readonly endorsementSpki: Uint8Array;
	readonly endorsementArea: TPMT_PUBLIC;
	readonly attestationKey: PaperKey;
	readonly deviceKey: PaperKey;
	certify(saying: Saying): CertifiedKeyEvidence;
}

export const makePaperTpm = (
	kind: 'rsa-2048' | 'ecc-p256' = 'ecc-p256',
	templates: { readonly attestation?: EccPublic; readonly device?: EccPublic } = {},
): PaperTpm => {
	const endorsement =
		kind === 'rsa-2048'
			? generateKeyPairSync('rsa', { modulusLength: 2048 })
			: generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	const endorsementSpki = new Uint8Array(endorsement.publicKey.export({ type: 'spki', format: 'der' }));
	const endorsementArea = withPublicKey(kind === 'rsa-2048' ? EK_RSA_2048 : EK_ECC_P256, endorsementSpki);
	const attestationKey = makeKey(templates.attestation ?? ATTESTATION_KEY_P256);
	const deviceKey = makeKey(templates.device ?? SIGNING_KEY_P256);
	const ownSigner = qualifiedName(attestationKey.area, qualifiedName(endorsementArea, handleName(TPM_RH.ENDORSEMENT)));
	return {
		endorsementSpki,
		endorsementArea,
		attestationKey,
		deviceKey,
		certify: (saying) => {
			const key = saying.key ?? deviceKey.area;
			const name = saying.name ?? objectName(key);
			const attest = TPMS_ATTEST.marshal({
				qualifiedSigner: saying.qualifiedSigner ?? ownSigner,
				extraData: saying.extraData,
				clockInfo: saying.clockInfo ?? { clock: 5n, resetCount: 1, restartCount: 0, safe: 1 },
				firmwareVersion: saying.firmwareVersion ?? 0x2019_1023_0016_3636n,
				attested: saying.attested ?? { type: TPM_ST.ATTEST_CERTIFY, name, qualifiedName: name },
			});
			const value = sign('sha256', attest, {
				key: saying.signedBy ?? attestationKey.privateKey,
				dsaEncoding: 'ieee-p1363',
			});
			return {
				key: TPMT_PUBLIC.marshal(key),
				attest,
				signature: TPMT_SIGNATURE.marshal({
					sigAlg: TPM_ALG.ECDSA,
					hash: TPM_ALG.SHA256,
					signatureR: new Uint8Array(value.subarray(0, 32)),
					signatureS: new Uint8Array(value.subarray(32)),
				}),
			};
		},
	};
};

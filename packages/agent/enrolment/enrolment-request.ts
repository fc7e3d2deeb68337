import { principalSubject } from '@keyward/core/enrol/certificate-profile';
import { qualifiedName } from '@keyward/core/device/principal-name';
import { buildCsr } from '@keyward/core/format/csr';
import type { SigningAlgorithm } from '@keyward/core/port';
import { algorithmOf } from '../identity/key-algorithm.ts';
import type { Identity } from '../identity/identity.ts';
import { secureContext } from '../tls/secure-context.ts';
import { readBootLogs } from '../hardware/boot-logs.ts';
import { attestBoot, attestClearing, attestFloor, fetchCaCertificates, simpleReenroll } from '../est/client.ts';
import type { EstService } from '../est/connection.ts';

/** What is asked of EST under an identity's certificate. */
export interface EnrolmentRequest {
	/** Certifies the key of this name, made first where it is not there; none: the CAs alone are asked for. */
	readonly certify: string | null;
	/** Kind of a key that is made; that of the present key unless said. */
	readonly algorithm?: SigningAlgorithm;
	/** PEM file with more certificates of the part's manufacturer. */
	readonly endorsementFile?: string;
	/** Shows how the machine started, with the logs under this folder; nothing is certified. */
	readonly boot?: string;
	/** Shows the security floor that its TPM counts; nothing is certified. */
	readonly floor?: true;
	/** Shows that the key goes when its TPM is cleared; nothing is certified. */
	readonly clearing?: true;
}

export interface EnrolmentResult {
	/** DER: the new certificate first; empty when none was asked for. */
	readonly chain: readonly Uint8Array[];
	/** DER: every CA that the service names. */
	readonly authorities: readonly Uint8Array[];
	/** SubjectPublicKeyInfo of the key that was certified. */
	readonly publicKey: Uint8Array;
	/** True when a new key's part showed the service that the key is in it, or the floor that it counts. */
	readonly attested: boolean;
	/** What the service found this machine to have started; null where it does not ask, or nothing was shown. */
	readonly release: string | null;
	/** What the device proves itself with once its TPM is cleared; null where nothing was shown. */
	readonly secret: string | null;
}

/** What the child of an enrolment request is asked, and answers. */
export interface RequestProtocol {
	readonly question: { readonly folder: string; readonly request: EnrolmentRequest };
	readonly answer: EnrolmentResult;
	readonly order: never;
	readonly event: never;
}

/**
 * Runs the request in this process: with a key in hardware, the only one that it can run. Throws `service-not-trusted`,
 * `site-unreachable`, what the registrar refuses with, and what the key's place does.
 */
export const runRequest = async (
	identity: Identity,
	{ certify, algorithm, endorsementFile, boot, floor, clearing }: EnrolmentRequest,
): Promise<EnrolmentResult> => {
	const { certificate, serviceCa, keyStore, floor: least } = identity;
	const key = await identity.tlsKey();
	const service: EstService = {
		url: identity.estUrl,
		serviceCa,
		// One for all connections; and under the certificate, so that the service sees who knows its CAs.
		context: secureContext({ certificate, key, serviceCa, floor: least }),
	};
	const none = {
		chain: [],
		authorities: [],
		publicKey: new Uint8Array(),
		attested: false,
		release: null,
		secret: null,
	};
	if (clearing === true) {
		await using held = await keyStore.openOrMake(identity.key);
		const { attestor, signer } = held;
		if (attestor === null) return none;
		const attestation = { attestor, publicKey: signer.publicKey, device: qualifiedName(identity) };
		return { ...none, secret: await attestClearing(service, attestation) };
	}
	if (boot !== undefined) {
		await using held = await keyStore.openOrMake(identity.key);
		if (held.attestor === null) return none;
		const release = await attestBoot(service, held.attestor, qualifiedName(identity), () => readBootLogs(boot));
		return { ...none, release };
	}
	if (floor === true) {
		await using held = await keyStore.openOrMake(identity.key);
		if (held.attestor === null) return none;
		await attestFloor(service, held.attestor, qualifiedName(identity));
		return { ...none, attested: true };
	}
	if (certify === null) {
		const authorities = await fetchCaCertificates(service);
		return { ...none, authorities };
	}
	const subject = principalSubject(identity);
	const device = qualifiedName(identity);
	await using held =
		certify === identity.key
			? null
			: await keyStore.openOrMake(certify, {
					algorithm: algorithm ?? algorithmOf((await identity.signer()).publicKey),
					...(endorsementFile !== undefined && { endorsementFile }),
				});
	const signer = held?.signer ?? (await identity.signer());
	const attestor = held?.attestor ?? null;
	const chain = await simpleReenroll(
		service,
		(challengePassword) => buildCsr({ subject, challengePassword }, signer),
		attestor && { attestor, publicKey: signer.publicKey, device },
	);
	const authorities = await fetchCaCertificates(service);
	return { ...none, chain, authorities, publicKey: signer.publicKey, attested: attestor !== null };
};

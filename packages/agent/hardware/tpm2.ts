import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { partOfEndorsementKey } from '@keyward/core/attest';
import type { AgreementKey, Signer, SigningAlgorithm } from '@keyward/core/port';
import { TPM_RC, TPMT_PUBLIC, toSubjectPublicKeyInfo } from '@keyward/core/tpm2';
import {
	activateCredential,
	type AttestationKey,
	certify,
	certifyFloor,
	createAttestationKey,
	createTpm2Key,
	describeTpm,
	type Endorsement,
	hasResponseCode,
	hasTpm2Key,
	openAttestationKey,
	openTpm,
	openTpm2AgreementKey,
	openTpm2Key,
	parentOfTpm2Key,
	provisionStorageKey,
	quotePcrs,
	readPcrs,
	readEndorsement,
	readEndorsementAuthorities,
	type Tpm,
	type Tpm2Key,
	type Tpm2KeyOptions,
	type TpmCurve,
} from '@keyward/custody/tpm2';
import type { Attestor } from './attestor.ts';
import { certificateOf, chainOf, readEndorsementFile } from './endorsement-file.ts';
import type { OpenKey } from './device-key-store.ts';
import { type PinGuard, pinGuard } from './pin-guard.ts';

/** A TPM, and the folder that keeps what it wraps. */
export interface Tpm2Location {
	/** As tpm2-tools name it: `device:/dev/tpmrm0`, `swtpm:path=…`, `tabrmd`. */
	readonly tcti: string;
	readonly folder: string;
	/** PEM file with more of the manufacturer's certificates, where the TPM does not carry all that lead to its root. */
	readonly endorsementFile?: string;
	/** The part that it must be, as `keyward device part` prints it; any when not said. */
	readonly part?: string;
	/** Of a key that is made; P-256 unless said. */
	readonly algorithm?: SigningAlgorithm;
	/** What the TPM asks for before it uses the key; absolute. Nothing when not said. */
	readonly pinFile?: string;
}

/**
 * Opens the key of this name, made first where it is not there, with the TPM's word for it. What was made stays: after a
 * failure the same call goes on with the same keys. Throws `Problem('tpm-unreachable')`, `Problem('tpm-failed')`,
 * `Problem('key-file')`, and `Problem('part-unexpected')` before anything is made.
 */
export const openOrMakeTpm2Key = async (location: Tpm2Location, name: string): Promise<OpenKey> => {
	const { tcti, folder } = location;
	const tpm = openTpm(tcti);
	try {
		const made = await openMadeAttestationKey(tpm, folder, name);
		const endorsement = await readEndorsement(tpm, made?.endorsement);
		refuseAnotherPart(endorsement, location.part);
		const options = keyOptions(await pinOf(location));
		if (!(await hasTpm2Key(folder, name))) {
			// TLS reaches the key by way of tpm2-pkcs11, which wants a persistent parent.
			await provisionStorageKey(tpm);
			await createTpm2Key(tpm, folder, name, options, curveOf(location.algorithm ?? 'P-256'));
		}
		const key = await openTpm2Key(tpm, folder, name, options);
		const attestor = await attestorOf(tpm, key, location, name, made, endorsement);
		const { emulator } = await describeTpm(tpm);
		return { signer: key, attestor, emulated: emulator, [Symbol.asyncDispose]: () => tpm.close() };
	} catch (error) {
		await tpm.close();
		throw error;
	}
};

/** Throws `Problem('tpm-failed')` for a kind that no TPM makes. */
export const curveOf = (algorithm: SigningAlgorithm): TpmCurve => {
	if (algorithm !== 'Ed25519') return algorithm;
	throw new Problem('tpm-failed', 'Keys in a TPM are P-256 or P-384: choose one of them.');
};

/** Makes a key in a TPM that is let go of after it. Throws as `createTpm2Key` does, and `Problem('token-pin')`. */
export const makeTpm2Key = async (
	location: Tpm2Location,
	make: (tpm: Tpm, options: Tpm2KeyOptions) => Promise<unknown>,
): Promise<void> => {
	await using tpm = openTpm(location.tcti);
	await make(tpm, keyOptions(await pinOf(location)));
};

/**
 * A signer that goes to the TPM for each signature and lets go of it: some TPMs serve one program at a time. Throws
 * `Problem('key-file')`; signing throws `Problem('tpm-unreachable')` and `Problem('tpm-failed')`.
 */
export const openTpm2Signer = async (location: Tpm2Location, name: string): Promise<Signer> => {
	const { publicKey, custody } = await openTpm2Key(openTpm(location.tcti), location.folder, name, keyOptions(''));
	return {
		publicKey,
		custody,
		sign: (bytes) =>
			useTpm2(location, async (tpm, options) => (await openTpm2Key(tpm, location.folder, name, options)).sign(bytes)),
	};
};

/** A key that agrees, as {@link openTpm2Signer} one that signs. */
export const openTpm2Agreement = async (location: Tpm2Location, name: string): Promise<AgreementKey> => {
	const { publicKey, custody } = await openTpm2AgreementKey(
		openTpm(location.tcti),
		location.folder,
		name,
		keyOptions(''),
	);
	return {
		publicKey,
		custody,
		agree: (other) =>
			useTpm2(location, async (tpm, options) =>
				(await openTpm2AgreementKey(tpm, location.folder, name, options)).agree(other),
			),
	};
};

/** Uses the TPM with the PIN, and remembers a PIN that it refuses. */
const useTpm2 = async <Result>(
	location: Tpm2Location,
	use: (tpm: Tpm, options: Tpm2KeyOptions) => Promise<Result>,
): Promise<Result> => {
	await using tpm = openTpm(location.tcti);
	const options = keyOptions(await pinOf(location));
	try {
		const result = await use(tpm, options);
		guardOf(location)?.taken();
		return result;
	} catch (error) {
		if (!hasResponseCode(error, TPM_RC.AUTH_FAIL, TPM_RC.BAD_AUTH)) throw error;
		guardOf(location)?.refused();
		throw new Problem(
			'token-pin',
			'The TPM refuses this PIN, and counts wrong ones. It is not tried again until the PIN file changes.',
			{ cause: error },
		);
	}
};

/** The PIN; null when there is none. Throws `Problem('token-pin')` when the TPM has refused it, and `Problem('key-file')`. */
export const pinOf = async (location: Tpm2Location): Promise<string | null> => (await guardOf(location)?.pin()) ?? null;

/** Null where no PIN is asked for. */
export const guardOf = ({ folder, pinFile }: Tpm2Location): PinGuard | null =>
	pinFile === undefined ? null : pinGuard(pinFile, join(folder, 'pin-refused'));

const keyOptions = (pin: string | null): Tpm2KeyOptions =>
	pin === null ? {} : { authValue: new TextEncoder().encode(pin) };

/** How `keyward device expect --part` names this TPM; and whether it carries, or was given, a certificate of its manufacturer. */
export const partOfTpm = async (
	location: Omit<Tpm2Location, 'folder' | 'part'>,
): Promise<{ readonly part: string; readonly certified: boolean }> => {
	await using tpm = openTpm(location.tcti);
	const endorsement = await readEndorsement(tpm);
	const chain = await endorsementChain(tpm, endorsement, location);
	return { part: partOfEndorsementKey(toSubjectPublicKeyInfo(endorsement.publicArea)), certified: chain.length > 0 };
};

/** What the boot PCRs of this TPM hold. Throws `Problem('tpm-unreachable')`, `Problem('tpm-failed')`. */
export const pcrsOfTpm = async (tcti: string): Promise<ReadonlyMap<number, Uint8Array>> => {
	await using tpm = openTpm(tcti);
	return await readPcrs(tpm);
};

/** Before any key is made: what another TPM has wrapped would be in the way of the right one. */
const refuseAnotherPart = ({ publicArea }: Endorsement, expected: string | undefined): void => {
	const found = partOfEndorsementKey(toSubjectPublicKeyInfo(publicArea));
	if (expected === undefined || expected === found) return;
	throw new Problem(
		'part-unexpected',
		`This TPM is ${found}, and the device must be ${expected}: is it another one's?`,
	);
};

/** Of the key that speaks for the key of this name. */
export const attestationKeyName = (name: string): string => `${name}_attestation`;

/** Null when none was made. */
export const openMadeAttestationKey = async (tpm: Tpm, folder: string, name: string): Promise<AttestationKey | null> =>
	(await hasTpm2Key(folder, attestationKeyName(name)))
		? openAttestationKey(tpm, folder, attestationKeyName(name))
		: null;

const attestorOf = async (
	tpm: Tpm,
	key: Tpm2Key,
	location: Tpm2Location,
	name: string,
	made: AttestationKey | null,
	endorsement: Endorsement,
): Promise<Attestor | null> => {
	const { folder } = location;
	const endorsementCertificates = await endorsementChain(tpm, endorsement, location);
	if (endorsementCertificates.length === 0) return null;
	const attestationKey = made ?? (await createAttestationKey(tpm, folder, attestationKeyName(name), endorsement.kind));
	return {
		endorsementCertificates,
		attestationKey: TPMT_PUBLIC.marshal(attestationKey.publicArea),
		floor: (qualifyingData) => certifyFloor(tpm, attestationKey, qualifyingData),
		quote: (qualifyingData) => quotePcrs(tpm, attestationKey, qualifyingData),
		answer: (credential) => activateCredential(tpm, attestationKey, credential),
		parent: async () => TPMT_PUBLIC.marshal(await parentOfTpm2Key(tpm, folder, name)),
		certify: async (qualifyingData) => ({
			key: TPMT_PUBLIC.marshal(key.publicArea),
			...(await certify(tpm, key, attestationKey, qualifyingData)),
		}),
	};
};

/** Empty when nobody has certified this endorsement key. */
export const endorsementChain = async (
	tpm: Tpm,
	{ publicArea, certificate, unusable }: Endorsement,
	{ endorsementFile }: Pick<Tpm2Location, 'endorsementFile'>,
): Promise<Uint8Array[]> => {
	const given = endorsementFile === undefined ? [] : await readEndorsementFile(endorsementFile);
	const others = [...(await readEndorsementAuthorities(tpm)), ...given];
	const leaf = certificate ?? certificateOf(toSubjectPublicKeyInfo(publicArea), others);
	// Nobody has certified this TPM, or somebody has and it cannot be found: the two need different help.
	if (leaf === null && unusable.length > 0) {
		throw new Problem(
			'tpm-failed',
			`The TPM has no usable certificate of its endorsement key. ${unusable.join(' ')} Give the manufacturer's certificate as a file with --endorsement.`,
		);
	}
	return leaf === null ? [] : chainOf(leaf, others);
};

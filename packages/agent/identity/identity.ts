import { existsSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { type ApiStep, apiSteps } from '@keyward/core/authorize/link';
import { isName } from '@keyward/core/device/name';
import { type CertificateParts, readCertificateParts } from '@keyward/core/format/certificate-parts';
import { decodePem } from '@keyward/core/format/pem';
import type { Signer } from '@keyward/core/port';
import { syncFolder, writeDurably } from '@keyward/custody';
import type { EngineKey } from '../hardware/engine.ts';
import { type Hardware, isHardware } from '../hardware/hardware.ts';
import type { DeviceKeyStore } from '../hardware/device-key-store.ts';
import { openKeyStore } from '../hardware/open-key-store.ts';
import { withIdentityLock } from './identity-lock.ts';

/** What `identity.json` holds: who this is, where its site is, where its key lies. Nothing in it is secret. */
export interface IdentityRecord {
	readonly version: 1;
	readonly kind: 'device' | 'reader';
	readonly application: string;
	readonly id: string;
	readonly class: string | null;
	readonly serviceUrl: string;
	readonly estUrl: string;
	readonly mqttUrl: string;
	/** Name of the key where it lives. */
	readonly key: string;
	/** Name of the key before it, while that is not destroyed yet. */
	readonly superseded?: string;
	/** The key that signs what a device's streams send, beside that one; absent until it is registered with the service. */
	readonly streamKey?: SecondKeyRecord;
	/** The key that readings are sealed to for a reader, likewise. */
	readonly agreementKey?: SecondKeyRecord;
	/** The other half of it in suite 2, an ML-KEM-768 key: in a file of this folder, for no part has such keys yet. */
	readonly kemKey?: SecondKeyRecord;
	/** The key that readings are encrypted for while they wait in the outbox; absent before the first run. */
	readonly outboxKey?: SecondKeyRecord;
	/** SHA-256 of the owner's root, lower-case hex: whose rosters are followed (owner-anchor). Absent without an owner. */
	readonly owner?: string;
	/** A stricter link than it was commissioned for, which an exercise asked for, and what it goes back to. */
	readonly raised?: { readonly floor: ApiStep; readonly before: LinkRecord };
	/** True when the key was deliberately kept unencrypted, for programs that know no seal. */
	readonly plainKey: boolean;
	/** Where the seal lies when it is not in the folder. */
	readonly sealFile: string | null;
	/** The part that the key is in; absent for a key in a file. */
	readonly hardware?: Hardware;
	/** True when that part is known to be a program. */
	readonly emulated?: boolean;
	/** True when that part showed the service that the key is in it. */
	readonly attested?: boolean;
}

/** The least link that is taken, and the addresses of the site that take it. */
export interface LinkRecord {
	readonly floor: ApiStep;
	readonly service: string;
	readonly est: string;
	readonly mqtt: string;
}

/** A stream key or agreement key: its name where it lives, and its SubjectPublicKeyInfo, or encapsulation key, in base64. */
export interface SecondKeyRecord {
	readonly name: string;
	readonly publicKey: string;
}

/** A device's or reader's folder as `commission` made it. */
export interface Identity extends IdentityRecord {
	readonly folder: string;
	/** PEM: its certificate, then the issuing CA. */
	readonly certificate: string;
	/** Its certificate, read. */
	readonly leaf: CertificateParts;
	/** PEM: the only anchors for whatever calls itself the service; two while its CA is rolled over. */
	readonly serviceCa: string;
	/** Path of the private key, of what its TPM wrapped, or its RFC 7512 URI. */
	readonly keyFile: string;
	readonly keyStore: DeviceKeyStore;
	/** The least link that it takes (link-encryption). */
	readonly floor: ApiStep;
	signer(): Promise<Signer>;
	/** For a TLS context and nothing else: PEM, or an engine's key, for one context in the life of a process. */
	tlsKey(): Promise<string | EngineKey>;
	/** PEM, for a TLS context and nothing else. Throws `Problem('key-file')` for a key in hardware, which nobody gets. */
	privateKey(): Promise<string>;
}

export const identityFile = (folder: string): string => join(folder, 'identity.json');
const certificateFile = (folder: string): string => join(folder, 'certificate.pem');
/** For the key after this one; in force as soon as `identity.json` names that key. */
const nextCertificateFile = (folder: string): string => join(folder, 'certificate.next.pem');
export const serviceCaFile = (folder: string): string => join(folder, 'service-ca.pem');

/** Throws `Problem('identity-file')` when the folder holds no identity or a damaged one. */
export const openIdentity = async (folder: string): Promise<Identity> => {
	const record = await readIdentityRecord(folder);
	if (record === null) {
		throw new Problem(
			'identity-file',
			`There is no identity in ${folder}: run "keyward device commission" or "keyward reader commission" first.`,
		);
	}
	// A re-keying that was cut short between naming the new key and moving its certificate.
	const between = record.superseded !== undefined && existsSync(nextCertificateFile(folder));
	const path = between ? nextCertificateFile(folder) : certificateFile(folder);
	const certificate = await readText(path);
	const [leaf] = decodePem('CERTIFICATE', certificate, 'identity-file');
	if (leaf === undefined) throw new Problem('identity-file', `${path} holds no certificate.`);
	const keyStore = await keyStoreOf(folder, record);
	return {
		...record,
		folder,
		certificate,
		leaf: readCertificateParts(leaf),
		serviceCa: await readText(serviceCaFile(folder)),
		keyStore,
		floor: record.raised?.floor ?? 'tls1.3',
		keyFile: keyStore.where(record.key),
		signer: () => keyStore.open(record.key),
		tlsKey: () => keyStore.tlsKey(record.key),
		privateKey: async () => {
			const key = record.hardware === undefined ? await keyStore.tlsKey(record.key) : null;
			if (typeof key === 'string') return key;
			throw new Problem('key-file', `The key of ${record.id} is in hardware, and nobody gets it out.`);
		},
	};
};

/** Where the keys of this record live. */
export const keyStoreOf = (
	folder: string,
	{ hardware, plainKey, sealFile }: Pick<IdentityRecord, 'hardware' | 'plainKey' | 'sealFile'>,
): Promise<DeviceKeyStore> =>
	openKeyStore(folder, hardware, { allowPlainKey: plainKey, ...(sealFile !== null && { sealFile }) });

/** Null when there is none. Throws `Problem('identity-file')` when it is damaged. */
export const readIdentityRecord = async (folder: string): Promise<IdentityRecord | null> => {
	const text = await readFile(identityFile(folder), 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	if (text === null) return null;
	const record = parseJson(text);
	if (isRecord(record)) return record;
	throw new Problem(
		'identity-file',
		`${identityFile(folder)} is damaged, or of another version: commission again in an empty folder.`,
	);
};

/** Replaces the certificate; resolves when it is on the disk. */
export const writeCertificate = async (folder: string, pem: string): Promise<void> => {
	await writeDurably(certificateFile(folder), pem, 'replace', 0o644);
};

/** Replaces the anchors for the service; resolves when they are on the disk. */
export const writeServiceCa = async (folder: string, pem: string): Promise<void> => {
	await writeDurably(serviceCaFile(folder), pem, 'replace', 0o644);
};

/** Keeps the certificate for the key after this one; resolves when it is on the disk. */
export const writeNextCertificate = async (folder: string, pem: string): Promise<void> => {
	await writeDurably(nextCertificateFile(folder), pem, 'replace', 0o644);
};

/** Puts the certificate of a new key, which the record names already, in the place of the old one's. */
export const settleCertificate = async (folder: string): Promise<void> => {
	const record = await readIdentityRecord(folder);
	if (record?.superseded === undefined) return;
	await rename(nextCertificateFile(folder), certificateFile(folder)).catch((error: unknown) => {
		// An agent on the folder may have done it just now.
		if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
	});
	await syncFolder(folder);
};

/** Replaces `identity.json`; resolves when it is on the disk. */
export const writeIdentityRecord = async (folder: string, record: IdentityRecord): Promise<void> => {
	await writeDurably(identityFile(folder), `${JSON.stringify(record, null, '\t')}\n`, 'replace', 0o644);
};

/**
 * Puts what `change` makes of the record in its place, or leaves it where that is null: no other process changes it in between. Resolves
 * when it is on the disk. Throws `Problem('identity-file')` where there is none or a damaged one, and `store-in-use`.
 */
export const changeIdentityRecord = (
	folder: string,
	change: (record: IdentityRecord) => IdentityRecord | null,
): Promise<void> =>
	withIdentityLock(folder, async () => {
		const record = await readIdentityRecord(folder);
		if (record === null) throw new Problem('identity-file', `The identity in ${folder} is gone.`);
		const changed = change(record);
		if (changed !== null) await writeIdentityRecord(folder, changed);
	});

const readText = async (path: string): Promise<string> =>
	readFile(path, 'utf8').catch((cause: unknown) => {
		throw new Problem('identity-file', `${path} cannot be read: restore it, or commission again in an empty folder.`, {
			cause,
		});
	});

const parseJson = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
};

const isUrl = (url: unknown, scheme: string): boolean =>
	typeof url === 'string' && URL.canParse(url) && new URL(url).protocol === scheme;

/** SHA-256 of an owner's root.json version 1, as it is printed and given. */
export const ownerHash = /^[0-9a-f]{64}$/;

/** Names a file, or is the label of a key in a token. */
export const keyName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const isSecondKey = (value: unknown): value is SecondKeyRecord => {
	if (typeof value !== 'object' || value === null) return false;
	const { name, publicKey } = value as Partial<Record<keyof SecondKeyRecord, unknown>>;
	return typeof name === 'string' && keyName.test(name) && typeof publicKey === 'string';
};

const isStep = (value: unknown): boolean => apiSteps.some((step) => step === value);

const isRaised = (value: unknown): boolean => {
	if (typeof value !== 'object' || value === null) return false;
	const { floor, before } = value as Readonly<Record<string, unknown>>;
	if (!isStep(floor) || typeof before !== 'object' || before === null) return false;
	const { floor: former, service, est, mqtt } = before as Readonly<Record<string, unknown>>;
	return isStep(former) && isUrl(service, 'https:') && isUrl(est, 'https:') && isUrl(mqtt, 'mqtts:');
};

const isRecord = (value: unknown): value is IdentityRecord => {
	if (typeof value !== 'object' || value === null) return false;
	const record = value as Partial<Record<keyof IdentityRecord, unknown>>;
	return (
		record.version === 1 &&
		(record.kind === 'device' || record.kind === 'reader') &&
		typeof record.application === 'string' &&
		isName(record.application) &&
		typeof record.id === 'string' &&
		isName(record.id) &&
		(record.class === null || typeof record.class === 'string') &&
		isUrl(record.serviceUrl, 'https:') &&
		isUrl(record.estUrl, 'https:') &&
		isUrl(record.mqttUrl, 'mqtts:') &&
		typeof record.key === 'string' &&
		keyName.test(record.key) &&
		(record.superseded === undefined || (typeof record.superseded === 'string' && keyName.test(record.superseded))) &&
		(record.streamKey === undefined || isSecondKey(record.streamKey)) &&
		(record.agreementKey === undefined || isSecondKey(record.agreementKey)) &&
		(record.kemKey === undefined || isSecondKey(record.kemKey)) &&
		(record.outboxKey === undefined || isSecondKey(record.outboxKey)) &&
		(record.owner === undefined || (typeof record.owner === 'string' && ownerHash.test(record.owner))) &&
		(record.raised === undefined || isRaised(record.raised)) &&
		typeof record.plainKey === 'boolean' &&
		(record.sealFile === null || typeof record.sealFile === 'string') &&
		(record.hardware === undefined || isHardware(record.hardware)) &&
		(record.emulated === undefined || typeof record.emulated === 'boolean') &&
		(record.attested === undefined || typeof record.attested === 'boolean')
	);
};

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import { type CertificateView, decodePem, readCertificate } from '@keyward/core/format';
import type { Signer } from '@keyward/core/port';
import { exposePrivateKeyForTls, type FileKeyOptions, keyFileOf, openFileKey, writeDurably } from '@keyward/custody';

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
	/** Name of the key in the folder's `keys`. */
	readonly key: string;
	/** True when the key was deliberately kept unencrypted, for programs that know no seal. */
	readonly plainKey: boolean;
	/** Where the seal lies when it is not in the folder. */
	readonly sealFile: string | null;
}

/** A device's or reader's folder as `commission` made it. */
export interface Identity extends IdentityRecord {
	readonly folder: string;
	/** PEM: its certificate, then the issuing CA. */
	readonly certificate: string;
	/** Its certificate, read. */
	readonly leaf: CertificateView;
	/** PEM: the only anchor for whatever calls itself the service. */
	readonly serviceCa: string;
	/** Path of the private key. */
	readonly keyFile: string;
	signer(): Promise<Signer>;
	/** PEM, for a TLS context and nothing else. */
	privateKey(): Promise<string>;
}

export const identityFile = (folder: string): string => join(folder, 'identity.json');
const certificateFile = (folder: string): string => join(folder, 'certificate.pem');
export const serviceCaFile = (folder: string): string => join(folder, 'service-ca.pem');
export const keyFolder = (folder: string): string => join(folder, 'keys');

/** Throws `Problem('identity-file')` when the folder holds no identity or a damaged one. */
export const openIdentity = async (folder: string): Promise<Identity> => {
	const record = await readIdentityRecord(folder);
	if (record === null) {
		throw new Problem(
			'identity-file',
			`There is no identity in ${folder}: run "keyward device commission" or "keyward reader commission" first.`,
		);
	}
	const certificate = await readText(certificateFile(folder));
	const [leaf] = decodePem('CERTIFICATE', certificate, 'identity-file');
	if (leaf === undefined) throw new Problem('identity-file', `${certificateFile(folder)} holds no certificate.`);
	const options = keyOptions(record);
	return {
		...record,
		folder,
		certificate,
		leaf: readCertificate(leaf),
		serviceCa: await readText(serviceCaFile(folder)),
		keyFile: keyFileOf(keyFolder(folder), record.key),
		signer: () => openFileKey(keyFolder(folder), record.key, options),
		privateKey: () => exposePrivateKeyForTls(keyFolder(folder), record.key, options),
	};
};

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
		`${identityFile(folder)} is damaged, or of another version: commission anew in an empty folder.`,
	);
};

/** Replaces the certificate; resolves when it is on the disk. */
export const writeCertificate = async (folder: string, pem: string): Promise<void> => {
	await writeDurably(certificateFile(folder), pem, 'replace', 0o644);
};

export const keyOptions = ({ plainKey, sealFile }: Pick<IdentityRecord, 'plainKey' | 'sealFile'>): FileKeyOptions => ({
	allowPlainKey: plainKey,
	...(sealFile === null ? {} : { sealFile }),
});

const readText = async (path: string): Promise<string> =>
	readFile(path, 'utf8').catch((cause: unknown) => {
		throw new Problem('identity-file', `${path} cannot be read: restore it, or commission anew in an empty folder.`, {
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
		/^[a-z0-9._-]+$/.test(record.key) &&
		typeof record.plainKey === 'boolean' &&
		(record.sealFile === null || typeof record.sealFile === 'string')
	);
};

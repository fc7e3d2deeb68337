import { createECDH, createHash, hkdfSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@keyward/core';
import { KEY_LENGTH, unwrapDataKey, wrapDataKey, WRAP_NONCE } from '@keyward/core/at-rest';
import type { Custody } from '@keyward/core/device';
import { p256PublicKey } from '@keyward/core/format';
import type { AgreementKey, DataKeyStore, Entropy, KeyStore } from '@keyward/core/port';
import { fileKeyStore, makePrivateFolder, writeDurably } from '@keyward/custody';
import { readPinFile, tokenKeyStore, type TokenKeyStore } from '@keyward/custody/pkcs11';
import type { AuthorityCustody } from '../site/site-file.ts';

/** The key that data keys are wrapped under, in memory while the service runs. */
export interface KeyEncryptionKey {
	readonly key: Uint8Array;
	/** Where the private key lives that it is wrapped for; `software` for a file and for a token that is an emulator. */
	readonly custody: Custody;
}

export interface KeyEncryptionKeyOptions {
	/** {@link encryptionFolderOf} the data folder. */
	readonly folder: string;
	/** The file of the passphrase, where the site keeps it apart. */
	readonly sealFile: string | null;
	/** Where the site wants the private key. */
	readonly custody: AuthorityCustody;
	/** Whether readings are encrypted here already: then nothing is made in the place of what is missing. */
	readonly isUsed: boolean;
	readonly entropy: Entropy;
}

/** What is kept beside the private key, of no use without it. */
interface Kept {
	readonly version: 1;
	/** Eight hex digits: tells this site's key from another's in one token. */
	readonly site: string;
	readonly custody: AuthorityCustody['custody'];
	/** The point of P-256 that the private key agrees with; whose private half nobody has. Hex. */
	readonly point: string;
	/** Hex. */
	readonly wrapped: string;
}

export const encryptionFolderOf = (data: string): string => join(data, 'encryption');

const PURPOSE = { application: '', device: null, day: null } as const;
const FILE = 'key-encryption-key.json';

/**
 * Requirements at-rest-encryption and secrets-wrapped (CR 4.1, CR 1.5): the key is wrapped for a private key that lives outside the
 * database, in a file under the site's passphrase or in a PKCS#11 token, so that who has the database and not that has nothing.
 * Made at the first start. Where the site wants the private key elsewhere than it is, a new one is made there and the former is
 * destroyed. Throws `Problem('key-file')`, `Problem('site-configuration')`, and what a token throws.
 */
export const openKeyEncryptionKey = async (options: KeyEncryptionKeyOptions): Promise<KeyEncryptionKey> => {
	const { folder, custody: wanted, isUsed } = options;
	const stores = openStores(options);
	try {
		const kept = await readKept(folder);
		if (kept === null && isUsed) {
			throw new Problem(
				'key-file',
				`The readings of this site are encrypted, and ${join(folder, FILE)} is gone: restore the folder ${folder} from the backup that the database is from.`,
			);
		}
		if (kept === null) return await make(options, stores, options.entropy.bytes(KEY_LENGTH));
		const holder = await stores.of(kept.custody).openAgreement(nameOf(kept.custody, kept.site));
		const key = unwrapDataKey(await wrappingKey(holder, kept.point), Buffer.from(kept.wrapped, 'hex'), PURPOSE);
		if (kept.custody === wanted.custody) return { key, custody: holder.custody };
		const moved = await make(options, stores, key, kept.site);
		await stores.of(kept.custody).erase(nameOf(kept.custody, kept.site));
		return moved;
	} finally {
		await stores.close();
	}
};

/**
 * Whether stored readings open with what is in a folder: false where their key is in a token, which is no part of it. Throws
 * `Problem('key-file')` when they do not.
 */
export const opensByFile = async (
	folder: string,
	sealFile: string | null,
	store: Pick<DataKeyStore, 'dataKeys'>,
): Promise<boolean> => {
	const keys = await store.dataKeys();
	if ((await readKept(folder))?.custody === 'pkcs11') return false;
	if (keys.length === 0) return true;
	const custody = { custody: 'file' } as const;
	// Nothing is made where it is used.
	const entropy = { bytes: (count: number): Uint8Array => new Uint8Array(count) };
	const { key } = await openKeyEncryptionKey({ folder, sealFile, custody, isUsed: true, entropy });
	for (const { wrapped, ...purpose } of keys) unwrapDataKey(key, wrapped, purpose);
	return true;
};

const make = async (
	{ folder, custody: { custody }, entropy }: KeyEncryptionKeyOptions,
	stores: Stores,
	key: Uint8Array,
	site = Buffer.from(entropy.bytes(4)).toString('hex'),
): Promise<KeyEncryptionKey> => {
	await makePrivateFolder(folder);
	const store = stores.of(custody);
	const name = nameOf(custody, site);
	// Of a start that was cut short before the file named it: nothing is wrapped for it.
	if (await store.has(name)) await store.erase(name);
	const holder = await store.createAgreement(name);
	const point = ephemeralPoint(entropy);
	const wrapped = wrapDataKey(await wrappingKey(holder, point), key, PURPOSE, entropy.bytes(WRAP_NONCE));
	const kept: Kept = { version: 1, site, custody, point, wrapped: Buffer.from(wrapped).toString('hex') };
	await writeDurably(join(folder, FILE), `${JSON.stringify(kept)}\n`, 'replace');
	return { key, custody: holder.custody };
};

const nameOf = (custody: AuthorityCustody['custody'], site: string): string =>
	custody === 'file' ? 'readings' : `keyward-${site}-readings`;

/** A point whose private half is let go of at once: only the holder of the other key can agree with it. */
const ephemeralPoint = (entropy: Entropy): string => {
	const ephemeral = createECDH('prime256v1');
	// Out of range once in 2^32 draws.
	for (;;) {
		try {
			ephemeral.setPrivateKey(entropy.bytes(32));
			return ephemeral.getPublicKey('hex');
		} catch {
			continue;
		}
	}
};

/** ECDH with the point, and HKDF-SHA256 (as RFC 9053 §6.3.1 does, ECDH-ES + HKDF-256). */
const wrappingKey = async (holder: AgreementKey, point: string): Promise<Uint8Array> => {
	const secret = await holder.agree(p256PublicKey(Buffer.from(point, 'hex')));
	const salt = createHash('sha256').update(point).digest();
	return new Uint8Array(hkdfSync('sha256', secret, salt, 'keyward/key-encryption-key/1', KEY_LENGTH));
};

interface Stores {
	of(custody: AuthorityCustody['custody']): KeyStore;
	close(): Promise<void>;
}

const openStores = ({ folder, sealFile, custody }: KeyEncryptionKeyOptions): Stores => {
	const files = fileKeyStore(join(folder, 'keys'), sealFile === null ? {} : { sealFile });
	const token: TokenKeyStore | null =
		custody.custody === 'file'
			? null
			: tokenKeyStore({
					...{ module: custody.module, token: { label: custody.token } },
					pin: () => readPinFile(custody.pinFile),
				});
	return {
		of: (where) => {
			if (where === 'file') return files;
			if (token !== null) return token;
			throw new Problem(
				'site-configuration',
				'The key of the readings is in a PKCS#11 token, and the site file names none: put its readings-key back (custody: pkcs11, module, token, pin-file).',
			);
		},
		close: async () => token?.close(),
	};
};

/** Null when it is not there. */
const readKept = async (folder: string): Promise<Kept | null> => {
	const path = join(folder, FILE);
	const text = await readFile(path, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	if (text === null) return null;
	try {
		const kept = JSON.parse(text) as Kept;
		const isHex = (value: unknown): boolean => typeof value === 'string' && /^(?:[0-9a-f]{2})+$/.test(value);
		if (
			kept.version === 1 &&
			/^[0-9a-f]{8}$/.test(kept.site) &&
			(kept.custody === 'file' || kept.custody === 'pkcs11') &&
			isHex(kept.point) &&
			isHex(kept.wrapped)
		)
			return kept;
	} catch {
		// Said below.
	}
	throw new Problem('key-file', `${path} is damaged, or of another version: restore the folder from the backup.`);
};

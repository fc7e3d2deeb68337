import { join } from 'node:path';
import { Problem } from '@keyward/core';
import type { AuthorityCustodyName, KeyStore } from '@keyward/core/port';
import { fileKeyStore, type FileKeyOptions } from '@keyward/custody';
import { readPinFile, tokenKeyStore, type TokenKeyStore } from '@keyward/custody/pkcs11';
import type { AuthorityCustody } from '../site/site-file.ts';

/** Where the keys of the site's CAs are. */
export interface AuthorityKeyStores {
	/** Where new keys are made. */
	readonly preferred: AuthorityCustodyName;
	/** Throws `Problem('site-configuration')` for a token that is not configured. */
	of(custody: AuthorityCustodyName): KeyStore;
	/** Name of a key there: in a token, with what tells this site's keys from another's. */
	keyName(custody: AuthorityCustodyName, name: string): string;
	/** Null when none is configured. */
	readonly token: TokenKeyStore | null;
	close(): Promise<void>;
}

export const keyFolderOf = (folder: string): string => join(folder, 'keys');

/** Opens nothing yet. `site` are the register's digits. */
export const openKeyStores = (
	folder: string,
	site: string,
	custody: AuthorityCustody,
	options: FileKeyOptions,
): AuthorityKeyStores => {
	const files = fileKeyStore(keyFolderOf(folder), options);
	const token =
		custody.custody === 'file'
			? null
			: tokenKeyStore({
					module: custody.module,
					token: { label: custody.token },
					pin: () => readPinFile(custody.pinFile),
				});
	return {
		preferred: custody.custody,
		of: (where) => {
			if (where === 'file') return files;
			if (token !== null) return token;
			throw new Problem(
				'site-configuration',
				'A key of this site is in a PKCS#11 token, and the site file names none: put its authority back (custody: pkcs11, module, token, pin-file).',
			);
		},
		keyName: (where, name) => (where === 'file' ? name : `keyward-${site}-${name}`),
		token,
		close: async () => token?.close(),
	};
};

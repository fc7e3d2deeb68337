import { join } from 'node:path';
import { Problem } from '@keyward/core';
import type { KeyPlace } from '@keyward/core/port';
import { fileRoom, type FileKeyOptions } from '@keyward/custody';
import { readPinFile, tokenRoom, type TokenRoom } from '@keyward/custody/pkcs11';
import type { AuthorityCustody } from '../site/site-file.ts';
import type { AuthorityCustodyName } from './inventory.ts';

/** The places where keys of the site's CAs are. */
export interface AuthorityPlaces {
	/** Where new keys are made. */
	readonly preferred: AuthorityCustodyName;
	/** Throws `Problem('site-configuration')` for a token that is not configured. */
	of(custody: AuthorityCustodyName): KeyPlace;
	/** Name of a key there: in a token, with what tells this site's keys from another's. */
	keyName(custody: AuthorityCustodyName, name: string): string;
	/** Null when none is configured. */
	readonly token: TokenRoom | null;
	close(): Promise<void>;
}

export const keyFolderOf = (folder: string): string => join(folder, 'keys');

/** Opens nothing yet. `site` are the register's digits. */
export const openPlaces = (
	folder: string,
	site: string,
	custody: AuthorityCustody,
	options: FileKeyOptions,
): AuthorityPlaces => {
	const files = fileRoom(keyFolderOf(folder), options);
	const token =
		custody.custody === 'file'
			? null
			: tokenRoom({
					module: custody.module,
					token: { label: custody.token },
					pin: () => readPinFile(custody.pinFile),
				});
	return {
		preferred: custody.custody,
		of: (place) => {
			if (place === 'file') return files;
			if (token !== null) return token;
			throw new Problem(
				'site-configuration',
				'A key of this site is in a PKCS#11 token, and the site file names none: put its authority back (custody: pkcs11, module, token, pin-file).',
			);
		},
		keyName: (place, name) => (place === 'file' ? name : `keyward-${site}-${name}`),
		token,
		close: async () => token?.close(),
	};
};

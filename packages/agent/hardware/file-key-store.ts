import { join } from 'node:path';
import { Problem } from '@keyward/core';
import {
	exposePrivateKeyForTls,
	type FileKeyOptions,
	fileKeyStore,
	hasFileKey,
	keyFileOf,
	readPrivate,
} from '@keyward/custody';
import { type SigningAlgorithm, signingAlgorithms } from '@keyward/core/port/key-store';
import type { DeviceKeyStore } from './device-key-store.ts';

/** Where keys in files are; there is none with keys in hardware. */
export const keyFolder = (folder: string): string => join(folder, 'keys');

/** Key files in the folder's `keys`. */
export const deviceFileStore = (folder: string, options: FileKeyOptions): DeviceKeyStore => {
	const keys = keyFolder(folder);
	const store = fileKeyStore(keys, options);
	const open = async (name: string, algorithm: SigningAlgorithm) => {
		if (!(await hasFileKey(keys, name))) return store.create(name, algorithm);
		const path = keyFileOf(keys, name);
		if (options.allowPlainKey === true && (await readPrivate(path)).includes('ENCRYPTED')) {
			throw new Problem(
				'key-file',
				`${path} was made encrypted: go on without the plain key, or begin in an empty folder.`,
			);
		}
		return store.open(name);
	};
	return {
		...store,
		makes: signingAlgorithms,
		openOrMake: async (name, { algorithm = 'P-256' } = {}) => ({
			signer: await open(name, algorithm),
			attestor: null,
			emulated: false,
			[Symbol.asyncDispose]: async () => undefined,
		}),
		tlsKey: (name) => exposePrivateKeyForTls(keys, name, options),
		erase: async (name) => {
			const was = await store.erase(name);
			if (await hasFileKey(keys, name)) throw stillThere(keyFileOf(keys, name));
			return was;
		},
		where: (name) => keyFileOf(keys, name),
	};
};

/** For a key that was to be destroyed. */
export const stillThere = (where: string): Problem =>
	new Problem('key-file', `${where} is still there after it was erased: something puts it back, or holds it.`);

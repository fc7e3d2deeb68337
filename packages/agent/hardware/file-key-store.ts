import { join } from 'node:path';
import { Problem } from '@keyward/core';
import {
	createFileKey,
	eraseFileKey,
	exposePrivateKeyForTls,
	type FileKeyOptions,
	hasFileKey,
	keyFileOf,
	openFileKey,
	readPrivate,
} from '@keyward/custody';
import type { KeyHome } from './open-key-store.ts';

/** Where keys in files are; there is none with keys in hardware. */
export const keyFolder = (folder: string): string => join(folder, 'keys');

/** Key files in the home's `keys`. */
export const fileHome = (folder: string, options: FileKeyOptions): KeyHome => {
	const keys = keyFolder(folder);
	const open = async (name: string) => {
		if (!(await hasFileKey(keys, name))) return createFileKey(keys, name, 'P-256', options);
		const path = keyFileOf(keys, name);
		if (options.allowPlainKey === true && (await readPrivate(path)).includes('ENCRYPTED')) {
			throw new Problem(
				'key-file',
				`${path} was made encrypted: go on without the plain key, or begin in an empty folder.`,
			);
		}
		return openFileKey(keys, name, options);
	};
	return {
		hold: async (name) => ({
			signer: await open(name),
			attestor: null,
			emulated: false,
			[Symbol.asyncDispose]: async () => undefined,
		}),
		signer: (name) => openFileKey(keys, name, options),
		tlsKey: (name) => exposePrivateKeyForTls(keys, name, options),
		erase: async (name) => {
			const was = await eraseFileKey(keys, name);
			if (await hasFileKey(keys, name)) throw stillThere(keyFileOf(keys, name));
			return was;
		},
		where: (name) => keyFileOf(keys, name),
	};
};

/** For a key that was to be destroyed. */
export const stillThere = (where: string): Problem =>
	new Problem('key-file', `${where} is still there after it was erased: something puts it back, or holds it.`);

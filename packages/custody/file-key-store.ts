import type { KeyStore } from '@keyward/core/port';
import { createFileKey, type FileKeyOptions, eraseFileKey, hasFileKey, openFileKey } from './file-key.ts';

/** A folder of key files. Every method throws `Problem('key-file')`. */
export const fileKeyStore = (folder: string, options: FileKeyOptions = {}): KeyStore => ({
	has: (name) => hasFileKey(folder, name),
	create: (name, algorithm) => createFileKey(folder, name, algorithm, options),
	open: (name) => openFileKey(folder, name, options),
	erase: (name) => eraseFileKey(folder, name),
	close: async () => undefined,
});

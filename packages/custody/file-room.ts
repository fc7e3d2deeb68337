import type { KeyPlace } from '@keyward/core/port';
import { createFileKey, type FileKeyOptions, eraseFileKey, hasFileKey, openFileKey } from './file-key.ts';

/** A folder of key files as a place for keys. Every method throws `Problem('key-file')`. */
export const fileRoom = (folder: string, options: FileKeyOptions = {}): KeyPlace => ({
	has: (name) => hasFileKey(folder, name),
	create: (name, algorithm) => createFileKey(folder, name, algorithm, options),
	open: (name) => openFileKey(folder, name, options),
	erase: (name) => eraseFileKey(folder, name),
	close: async () => undefined,
});

export { type WhenPresent, writeDurably } from './durable-file.ts';
export {
	createFileKey,
	exposePrivateKeyForTls,
	type FileKeyAlgorithm,
	type FileKeyOptions,
	hasFileKey,
	keyFileOf,
	openFileKey,
} from './file-key.ts';
export { makePrivateFolder, readPrivate } from './private-file.ts';
export { sealFileOf } from './seal.ts';

export { syncFolder, type WhenPresent, writeDurably } from './durable-file.ts';
export {
	createFileKemKey,
	createFileKey,
	eraseFile,
	eraseFileKey,
	exposePrivateKeyForTls,
	type FileKeyOptions,
	hasFileKey,
	keyFileOf,
	openFileKemKey,
	openFileKey,
} from './file-key.ts';
export { fileKeyStore } from './file-key-store.ts';
export { ephemeralKeyStore, makeEphemeralAgreementKey, makeEphemeralKey } from './ephemeral-key.ts';
export { encapsulateKem, openKemKey } from './ml-kem.ts';
export { makePrivateFolder, readPrivate } from './private-file.ts';
export { sealFileOf } from './seal.ts';
export { makeFolder } from './make-folder.ts';

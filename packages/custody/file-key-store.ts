import type { KeyStore } from '@keyward/core/port';
import { createErasedHandles } from './erased-handles.ts';
import {
	createFileAgreementKey,
	createFileKey,
	eraseFileKey,
	type FileKeyOptions,
	hasFileKey,
	openFileAgreementKey,
	openFileKey,
} from './file-key.ts';

/** A folder of key files. Every method throws `Problem('key-file')`. */
export const fileKeyStore = (folder: string, options: FileKeyOptions = {}): KeyStore => {
	const handles = createErasedHandles();
	return {
		has: (name) => hasFileKey(folder, name),
		create: async (name, algorithm) => handles.signer(name, await createFileKey(folder, name, algorithm, options)),
		open: async (name) => handles.signer(name, await openFileKey(folder, name, options)),
		createAgreement: async (name) => handles.agreementKey(name, await createFileAgreementKey(folder, name, options)),
		openAgreement: async (name) => handles.agreementKey(name, await openFileAgreementKey(folder, name, options)),
		erase: async (name) => {
			handles.erased(name);
			return eraseFileKey(folder, name);
		},
		close: async () => undefined,
	};
};

import { Problem } from '@keyward/core';
import type { AgreementKey, KeyStore, Signer } from '@keyward/core/port';
import { createErasedHandles } from './erased-handles.ts';
import { makeSoftwareKey, softwareAgreementKey, softwareSigner } from './software-key.ts';

/** A P-256 key in this process's memory alone: gone with it, so that there is nothing to keep, back up or steal from a disk. */
export const makeEphemeralKey = (): Signer => softwareSigner(makeSoftwareKey('P-256'));

/** As {@link makeEphemeralKey}, for one agreement: the sender's side of a recipient of a sealed epoch. */
export const makeEphemeralAgreementKey = (): AgreementKey => softwareAgreementKey(makeSoftwareKey('P-256'));

/** Keys in this process's memory alone. Every method throws `Problem('key-file')`. */
export const ephemeralKeyStore = (): KeyStore => {
	const signers = new Map<string, Signer>();
	const agreementKeys = new Map<string, AgreementKey>();
	const handles = createErasedHandles();
	const isTaken = (name: string): boolean => signers.has(name) || agreementKeys.has(name);
	const requireFree = (name: string): void => {
		if (isTaken(name)) throw new Problem('key-file', `There is already a key ${name}; it is not replaced.`);
	};
	const find = <Handle>(keys: ReadonlyMap<string, Handle>, name: string, use: string): Handle => {
		const found = keys.get(name);
		if (found !== undefined) return found;
		throw new Problem(
			'key-file',
			`There is no key ${name} that ${use}${isTaken(name) ? ', only one of the other use' : ''}.`,
		);
	};
	return {
		has: async (name) => isTaken(name),
		create: async (name, algorithm) => {
			requireFree(name);
			const handle = handles.signer(name, softwareSigner(makeSoftwareKey(algorithm)));
			signers.set(name, handle);
			return handle;
		},
		open: async (name) => find(signers, name, 'signs'),
		createAgreement: async (name) => {
			requireFree(name);
			const handle = handles.agreementKey(name, softwareAgreementKey(makeSoftwareKey('P-256')));
			agreementKeys.set(name, handle);
			return handle;
		},
		openAgreement: async (name) => find(agreementKeys, name, 'agrees'),
		erase: async (name) => {
			handles.erased(name);
			return [signers.delete(name), agreementKeys.delete(name)].includes(true);
		},
		close: async () => undefined,
	};
};

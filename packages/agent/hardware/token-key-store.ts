import { join } from 'node:path';
import { Problem } from '@keyward/core';
import type { AgreementKey, Signer } from '@keyward/core/port';
import { formatPkcs11Uri, type TokenKeyStore, tokenKeyStore } from '@keyward/custody/pkcs11';
import { findEngine } from './engine.ts';
import { stillThere } from './file-key-store.ts';
import type { Hardware } from './hardware.ts';
import type { DeviceKeyStore } from './device-key-store.ts';
import { pinGuard } from './pin-guard.ts';

/** Keys in a PKCS#11 token, by their labels. */
export const deviceTokenStore = (
	folder: string,
	{ module, token, pinFile }: Extract<Hardware, { custody: 'pkcs11' }>,
): DeviceKeyStore => {
	const guard = pinGuard(pinFile, join(folder, 'token-pin-refused'));
	const open = (): TokenKeyStore => tokenKeyStore({ module, token: { label: token }, pin: guard.pin });
	const guarded = async <Result>(use: () => Promise<Result>): Promise<Result> => {
		try {
			const result = await use();
			guard.taken();
			return result;
		} catch (error) {
			if (error instanceof Problem && error.code === 'token-pin') guard.refused();
			throw error;
		}
	};
	/** Opens the token, lets it be used, and lets go of it: others use it too. */
	const within = async <Result>(use: (store: TokenKeyStore) => Promise<Result>): Promise<Result> => {
		const store = open();
		try {
			return await guarded(() => use(store));
		} finally {
			await store.close();
		}
	};
	const signerOf = (name: string, { publicKey, custody }: Signer): Signer => ({
		publicKey,
		custody,
		sign: (bytes) => within(async (store) => (await store.open(name)).sign(bytes)),
	});
	const agreementOf = (name: string, { publicKey, custody }: AgreementKey): AgreementKey => ({
		publicKey,
		custody,
		agree: (other) => within(async (store) => (await store.openAgreement(name)).agree(other)),
	});
	const uri = (name: string): string => formatPkcs11Uri({ token, object: name, type: 'private' });
	return {
		makes: ['P-256', 'P-384'],
		openOrMake: async (name, { algorithm = 'P-256' } = {}) => {
			const store = open();
			try {
				const { signer, emulated } = await guarded(async () => ({
					signer: (await store.has(name)) ? await store.open(name) : await store.create(name, algorithm),
					emulated: (await store.token()).emulated,
				}));
				// key-custody: a key of this name that was there before, and could have been elsewhere.
				if (signer.custody === 'software' && !emulated) {
					throw new Problem('token-key', `The token says that its key ${name} may leave it: choose another name.`);
				}
				return { signer, attestor: null, emulated, [Symbol.asyncDispose]: () => store.close() };
			} catch (error) {
				await store.close();
				throw error;
			}
		},
		has: (name) => within((store) => store.has(name)),
		create: (name, algorithm) => within(async (store) => signerOf(name, await store.create(name, algorithm))),
		open: (name) => within(async (store) => signerOf(name, await store.open(name))),
		createAgreement: (name) => within(async (store) => agreementOf(name, await store.createAgreement(name))),
		openAgreement: (name) => within(async (store) => agreementOf(name, await store.openAgreement(name))),
		close: async () => undefined,
		tlsKey: async (name) => {
			const engine = findEngine();
			// The engine would only say that the key was not found, and would try a wrong PIN at every handshake.
			await within(async (store) => (await store.open(name)).sign(new Uint8Array()));
			return {
				engine,
				uri: uri(name),
				pin: await guard.pin(),
				onPinRefused: guard.refused,
				folder,
				environment: { PKCS11_MODULE_PATH: module },
			};
		},
		erase: (name) =>
			within(async (store) => {
				const was = await store.erase(name);
				if (await store.has(name)) throw stillThere(uri(name));
				return was;
			}),
		where: uri,
	};
};

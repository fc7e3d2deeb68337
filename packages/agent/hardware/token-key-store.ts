import { join } from 'node:path';
import { Problem } from '@keyward/core';
import type { Signer } from '@keyward/core/port';
import { formatPkcs11Uri, type TokenKeyStore, tokenKeyStore } from '@keyward/custody/pkcs11';
import { findEngine } from './engine.ts';
import { stillThere } from './file-key-store.ts';
import type { Hardware } from './hardware.ts';
import type { KeyHome } from './open-key-store.ts';
import { pinGuard } from './pin-guard.ts';

/** Keys in a PKCS#11 token, by their labels. */
export const tokenHome = (
	folder: string,
	{ module, token, pinFile }: Extract<Hardware, { custody: 'pkcs11' }>,
): KeyHome => {
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
	const within = async <Result>(use: (room: TokenKeyStore) => Promise<Result>): Promise<Result> => {
		const room = open();
		try {
			return await guarded(() => use(room));
		} finally {
			await room.close();
		}
	};
	const signerOf = (name: string, { publicKey, custody }: Signer): Signer => ({
		publicKey,
		custody,
		sign: (bytes) => within(async (room) => (await room.open(name)).sign(bytes)),
	});
	const uri = (name: string): string => formatPkcs11Uri({ token, object: name, type: 'private' });
	return {
		hold: async (name) => {
			const room = open();
			try {
				const { signer, emulated } = await guarded(async () => ({
					signer: (await room.has(name)) ? await room.open(name) : await room.create(name, 'P-256'),
					emulated: (await room.token()).emulated,
				}));
				// key-custody: a key of this name that was there before, and could have been elsewhere.
				if (signer.custody === 'software' && !emulated) {
					throw new Problem('token-key', `The token says that its key ${name} may leave it: choose another name.`);
				}
				return { signer, attestor: null, emulated, [Symbol.asyncDispose]: () => room.close() };
			} catch (error) {
				await room.close();
				throw error;
			}
		},
		signer: (name) => within(async (room) => signerOf(name, await room.open(name))),
		tlsKey: async (name) => {
			const engine = findEngine();
			// The engine would only say that the key was not found, and would try a wrong PIN at every handshake.
			await within(async (room) => (await room.open(name)).sign(new Uint8Array()));
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
			within(async (room) => {
				const was = await room.erase(name);
				if (await room.has(name)) throw stillThere(uri(name));
				return was;
			}),
		where: uri,
	};
};

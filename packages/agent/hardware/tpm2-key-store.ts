import { rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatPkcs11Uri } from '@keyward/custody/pkcs11';
import {
	eraseTpm2Key,
	hasTpm2Key,
	openTpm,
	PKCS11_STORE_TOKEN,
	tpm2KeyFileOf,
	writePkcs11Store,
} from '@keyward/custody/tpm2';
import { findEngine, findTpm2Module } from './engine.ts';
import { stillThere } from './file-key-store.ts';
import type { Hardware } from './hardware.ts';
import type { KeyHome } from './open-key-store.ts';
import { attestationKeyName, guardOf, openOrMakeTpm2Key, openTpm2Signer, pinOf, type Tpm2Place } from './tpm2.ts';

/** Keys in a TPM; what it wraps is in the home's `tpm`, and of no use without it. */
export const tpm2Home = (home: string, hardware: Extract<Hardware, { custody: 'tpm2' }>): KeyHome => {
	const folder = join(home, 'tpm');
	const { tcti, pinFile } = hardware;
	const place: Tpm2Place = { tcti, folder, ...(pinFile !== undefined && { pinFile }) };
	/** What tpm2-pkcs11 is told of the key. Made from the key's file, anew whenever it is missing. */
	const storeOf = (name: string): string => join(folder, `${name}.pkcs11`);
	return {
		hold: (name, options = {}) => openOrMakeTpm2Key({ ...place, ...options }, name),
		signer: (name) => openTpm2Signer(place, name),
		tlsKey: async (name) => {
			const engine = findEngine();
			const module = findTpm2Module();
			// A wrong PIN, another TPM, or none: said here in its own words, and tried once.
			await (await openTpm2Signer(place, name)).sign(new Uint8Array());
			const pin = await pinOf(place);
			if (!existsSync(storeOf(name))) {
				await using tpm = openTpm(tcti);
				await writePkcs11Store(tpm, folder, name, storeOf(name), pin ?? '');
			}
			return {
				engine,
				uri: formatPkcs11Uri({ token: PKCS11_STORE_TOKEN, object: name, type: 'private' }),
				pin,
				onPinRefused: () => guardOf(place)?.refused(),
				folder,
				environment: {
					PKCS11_MODULE_PATH: module,
					TPM2_PKCS11_STORE: storeOf(name),
					TPM2_PKCS11_TCTI: tcti,
					// What goes wrong is told by us.
					TPM2_PKCS11_LOG_LEVEL: '0',
					TSS2_LOG: 'all+NONE',
				},
			};
		},
		erase: async (name) => {
			await rm(storeOf(name), { recursive: true, force: true });
			await eraseTpm2Key(folder, attestationKeyName(name));
			const was = await eraseTpm2Key(folder, name);
			if ((await hasTpm2Key(folder, name)) || existsSync(storeOf(name))) throw stillThere(tpm2KeyFileOf(folder, name));
			return was;
		},
		where: (name) => tpm2KeyFileOf(folder, name),
	};
};

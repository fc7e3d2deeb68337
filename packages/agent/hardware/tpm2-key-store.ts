import { readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '@keyward/custody';
import { formatPkcs11Uri } from '@keyward/custody/pkcs11';
import {
	createTpm2AgreementKey,
	createTpm2Key,
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
import type { DeviceKeyStore } from './device-key-store.ts';
import {
	attestationKeyName,
	curveOf,
	guardOf,
	makeTpm2Key,
	openOrMakeTpm2Key,
	openTpm2Agreement,
	openTpm2Signer,
	pinOf,
	type Tpm2Location,
} from './tpm2.ts';

/** Keys in a TPM; what it wraps is in the device's `tpm`, and of no use without it. */
export const deviceTpm2Store = (
	deviceFolder: string,
	hardware: Extract<Hardware, { custody: 'tpm2' }>,
): DeviceKeyStore => {
	const folder = join(deviceFolder, 'tpm');
	const { tcti, pinFile } = hardware;
	const location: Tpm2Location = { tcti, folder, ...(pinFile !== undefined && { pinFile }) };
	/** What tpm2-pkcs11 is told of the key. Made from the key's file, again whenever it is missing. */
	const storeOf = (name: string): string => join(folder, `${name}.pkcs11`);
	return {
		makes: ['P-256', 'P-384'],
		openOrMake: async (name, { endorsementFile, ...options } = {}) => {
			// Kept, so that renewals, new keys and boots are attested as the first key was.
			const kept = join(folder, 'endorsement.pem');
			const file = endorsementFile ?? (existsSync(kept) ? kept : undefined);
			const key = await openOrMakeTpm2Key(
				{ ...location, ...options, ...(file !== undefined && { endorsementFile: file }) },
				name,
			);
			if (endorsementFile !== undefined) await writeDurably(kept, await readFile(endorsementFile), 'replace');
			return key;
		},
		has: (name) => hasTpm2Key(folder, name),
		create: async (name, algorithm) => {
			const curve = curveOf(algorithm);
			await makeTpm2Key(location, (tpm, options) => createTpm2Key(tpm, folder, name, options, curve));
			return openTpm2Signer(location, name);
		},
		open: (name) => openTpm2Signer(location, name),
		createAgreement: async (name) => {
			await makeTpm2Key(location, (tpm, options) => createTpm2AgreementKey(tpm, folder, name, options));
			return openTpm2Agreement(location, name);
		},
		openAgreement: (name) => openTpm2Agreement(location, name),
		close: async () => undefined,
		tlsKey: async (name) => {
			const engine = findEngine();
			const module = findTpm2Module();
			// A wrong PIN, another TPM, or none: said here in its own words, and tried once.
			await (await openTpm2Signer(location, name)).sign(new Uint8Array());
			const pin = await pinOf(location);
			if (!existsSync(storeOf(name))) {
				await using tpm = openTpm(tcti);
				await writePkcs11Store(tpm, folder, name, storeOf(name), pin ?? '');
			}
			return {
				engine,
				uri: formatPkcs11Uri({ token: PKCS11_STORE_TOKEN, object: name, type: 'private' }),
				pin,
				onPinRefused: () => guardOf(location)?.refused(),
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

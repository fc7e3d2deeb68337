import { Problem } from '@keyward/core';
import { proveKey, registeredThumbprint } from '@keyward/core/enrol/registered-key';
import { decodeBase64 } from '@keyward/core/format/pem';
import type { AgreementKey, KemKey, Signer } from '@keyward/core/port';
import { createFileKemKey, hasFileKey, openFileKemKey } from '@keyward/custody';
import {
	changeIdentityRecord,
	type Identity,
	openIdentity,
	type IdentityRecord,
	type SecondKeyRecord,
} from '../identity/identity.ts';
import { keyFolder } from '../hardware/file-key-store.ts';
import { callSite } from './call-site.ts';
import { nextKeyName } from './key-name.ts';
import type { KeyToRegister } from './site-call.ts';

/** Registers a key with the service. Throws as {@link callSite} does. */
export const registerKey = async (identity: Identity, key: KeyToRegister): Promise<void> => {
	await callSite(identity, { operation: 'key.register', input: key });
};

/**
 * The device's stream key, made where its other key is and registered, unless that was done; the record names it then. A renewal and a
 * re-keying keep it; a device that is commissioned again makes a new one, also where the part still has the old.
 * Throws as {@link registerKey} does, and what the key's place throws.
 */
export const requireStreamKey = async (identity: Identity): Promise<Signer> => {
	const { keyStore, streamKey } = identity;
	if (streamKey !== undefined) return keyStore.open(streamKey.name);
	return makeAndRegister(identity, streamKeyName(identity), async (name) => {
		const signer = (await keyStore.has(name)) ? await keyStore.open(name) : await keyStore.create(name, 'P-256');
		const publicKey = base64(signer.publicKey);
		await registerKey(identity, {
			purpose: 'stream',
			key: publicKey,
			proof: base64(await proveKey(identity, signer)),
		});
		return { key: signer, record: { streamKey: { name, publicKey } } };
	});
};

/** The reader's agreement key, as {@link requireStreamKey} has the device's: readings are sealed to it. */
export const requireAgreementKey = async (identity: Identity): Promise<AgreementKey> => {
	const { keyStore, agreementKey } = identity;
	if (agreementKey !== undefined) return keyStore.openAgreement(agreementKey.name);
	return makeAndRegister(identity, agreementKeyName(identity), async (name) => {
		const key = (await keyStore.has(name)) ? await keyStore.openAgreement(name) : await keyStore.createAgreement(name);
		const publicKey = base64(key.publicKey);
		// What the service may do with it is to say whose it is: that it opens is seen by what opens.
		await registerKey(identity, { purpose: 'agreement', key: publicKey });
		return { key, record: { agreementKey: { name, publicKey } } };
	});
};

/** The reader's ML-KEM-768 key, as {@link requireAgreementKey} has its other half (suite 2). */
export const requireKemKey = async (identity: Identity): Promise<KemKey> => {
	const { kemKey, plainKey: allowPlainKey, sealFile } = identity;
	const options = { allowPlainKey, ...(sealFile !== null && { sealFile }) };
	const folder = keyFolder(identity.folder);
	if (kemKey !== undefined) {
		// Until 0.1 it lay beside that folder, and its seal outside of the reader's.
		const isThere = await hasFileKey(folder, kemKey.name);
		return openFileKemKey(isThere ? folder : identity.folder, kemKey.name, options);
	}
	return makeAndRegister(identity, kemKeyName(identity), async (name) => {
		const key = (await hasFileKey(folder, name))
			? await openFileKemKey(folder, name, options)
			: await createFileKemKey(folder, name, options);
		const publicKey = base64(key.publicKey);
		await registerKey(identity, { purpose: 'kem', key: publicKey });
		return { key, record: { kemKey: { name, publicKey } } };
	});
};

/** Under the first name that is not one of an earlier commissioning, left where keys live. */
const makeAndRegister = async <Key>(
	{ folder }: Identity,
	first: string,
	make: (name: string) => Promise<{ readonly key: Key; readonly record: Partial<IdentityRecord> }>,
): Promise<Key> => {
	for (let name = first; ; name = nextKeyName(name)) {
		const made = await make(name).catch((error: unknown) => {
			if (error instanceof Problem && error.code === 'key-seen-before') return null;
			throw error;
		});
		if (made === null) continue;
		await changeIdentityRecord(folder, (record) => ({ ...record, ...made.record }));
		return made.key;
	}
};

/** The identity with the key that its kind has beside the one of its certificate, registered. */
export const withSecondKey = async (identity: Identity): Promise<Identity> => {
	if (identity.kind === 'device') await requireStreamKey(identity);
	else {
		await requireAgreementKey(identity);
		await requireKemKey(await openIdentity(identity.folder));
	}
	return openIdentity(identity.folder);
};

/** One for each device: a token may hold the keys of several. */
export const streamKeyName = ({ application, id }: Pick<IdentityRecord, 'application' | 'id'>): string =>
	`stream_${application}_${id}`;

/** One for each reader, likewise. */
export const agreementKeyName = ({ application, id }: Pick<IdentityRecord, 'application' | 'id'>): string =>
	`agreement_${application}_${id}`;

const kemKeyName = ({ application, id }: Pick<IdentityRecord, 'application' | 'id'>): string =>
	`kem_${application}_${id}`;

/** RFC 9679, lower-case hex: what the owner compares before a roster names the key. Null until it is registered. */
export const streamKeyThumbprint = ({ streamKey }: Pick<IdentityRecord, 'streamKey'>): string | null =>
	thumbprintOf('stream', streamKey);

/** As {@link streamKeyThumbprint}, of the key that readings are sealed to. */
export const agreementKeyThumbprint = ({ agreementKey }: Pick<IdentityRecord, 'agreementKey'>): string | null =>
	thumbprintOf('agreement', agreementKey);

/** SHA-256 of the other half of it; null until it is registered. */
export const kemKeyThumbprint = ({ kemKey }: Pick<IdentityRecord, 'kemKey'>): string | null =>
	thumbprintOf('kem', kemKey);

const thumbprintOf = (purpose: 'stream' | 'agreement' | 'kem', record: SecondKeyRecord | undefined): string | null =>
	record === undefined
		? null
		: Buffer.from(registeredThumbprint({ purpose, key: decodeBase64(record.publicKey, 'identity-file') })).toString(
				'hex',
			);

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

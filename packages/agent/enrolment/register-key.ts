import { minutes, Problem, seconds } from '@keyward/core';
import { proveKey, registeredThumbprint } from '@keyward/core/enrol';
import { decodeBase64 } from '@keyward/core/format';
import type { Signer } from '@keyward/core/port';
import { ChildLost, startChild } from '@keyward/custody/child-process';
import {
	type Identity,
	openIdentity,
	readIdentityRecord,
	type IdentityRecord,
	writeIdentityRecord,
} from '../identity/identity.ts';
import { passLine } from '../tls/engine-noise.ts';
import { nextKeyName } from './key-name.ts';
import { type KeyToRegister, type RegisterProtocol, registerHere } from './key-registration.ts';

/** Longer than the patience with a slow part and a slow site. */
const PATIENCE = minutes(2);
const END_GRACE = seconds(10);

/**
 * Registers a key with the service, on a link under the certificate; with a key in hardware in a process of its own, because
 * OpenSSL's engine loads once in the life of one. Throws `service-not-trusted`, `site-unreachable`, and the service's refusal.
 */
export const registerKey = async (identity: Identity, key: KeyToRegister): Promise<void> => {
	if (identity.hardware === undefined) return registerHere(identity, key);
	const child = startChild<RegisterProtocol>({
		program: new URL('./register-child.ts', import.meta.url),
		onLine: passLine,
	});
	try {
		await child.ask({ folder: identity.folder, key }, PATIENCE);
	} catch (error) {
		if (!(error instanceof ChildLost)) throw error;
		throw new Problem('internal', `Registering a key failed: ${error.message}.`);
	} finally {
		await child.end(END_GRACE);
	}
};

/**
 * The device's stream key, made where its other key is and registered, unless that was done; the record names it then. A renewal and a
 * re-keying keep it; a device that is commissioned again makes a new one, also where the part still has the old.
 * Throws as {@link registerKey} does, and what the key's place throws.
 */
export const requireStreamKey = async (identity: Identity): Promise<Signer> => {
	const { keyStore } = identity;
	if (identity.streamKey !== undefined) return keyStore.open(identity.streamKey.name);
	for (let name = streamKeyName(identity); ; name = nextKeyName(name)) {
		const signer = (await keyStore.has(name)) ? await keyStore.open(name) : await keyStore.create(name, 'P-256');
		const publicKey = base64(signer.publicKey);
		const proof = base64(await proveKey(identity, signer));
		try {
			await registerKey(identity, { purpose: 'stream', key: publicKey, proof });
		} catch (error) {
			// Of an earlier commissioning, left in the part.
			if (error instanceof Problem && error.code === 'key-seen-before') continue;
			throw error;
		}
		const record = await readIdentityRecord(identity.folder);
		if (record === null) throw new Problem('identity-file', `The identity in ${identity.folder} is gone.`);
		await writeIdentityRecord(identity.folder, { ...record, streamKey: { name, publicKey } });
		return signer;
	}
};

/** The identity with its stream key, registered. */
export const withStreamKey = async (identity: Identity): Promise<Identity> => {
	await requireStreamKey(identity);
	return openIdentity(identity.folder);
};

/** One for each device: a token may hold the keys of several. */
export const streamKeyName = ({ application, id }: Pick<IdentityRecord, 'application' | 'id'>): string =>
	`stream_${application}_${id}`;

/** RFC 9679, lower-case hex: what the owner compares before a roster names the key. Null until it is registered. */
export const streamKeyThumbprint = ({ streamKey }: Pick<IdentityRecord, 'streamKey'>): string | null =>
	streamKey === undefined
		? null
		: Buffer.from(
				registeredThumbprint({ purpose: 'stream', key: decodeBase64(streamKey.publicKey, 'identity-file') }),
			).toString('hex');

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

import { createCipheriv, hash, randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Problem } from '@keyward/core';
import {
	type KeyedHashPublic,
	NULL_SCHEME,
	objectAttributes,
	sized,
	TPM_ALG,
	TPM2B_PUBLIC,
	type TpmKeyFile,
	u32,
} from '@keyward/core/tpm2';
import { makePrivateFolder } from '../private-file.ts';
import { TPM2_Create } from './commands/object.ts';
import type { Loaded } from './protocol/handle.ts';
import { readTpm2Key, tpm2KeyFileOf } from './key-file.ts';
import { openPersistent } from './load.ts';
import { objectsOf, yaml } from './pkcs11-objects.ts';
import { DECRYPT } from './protocol/session.ts';
import { startSaltedSession } from './start-session.ts';
import type { Tpm } from './tpm.ts';

/** Label of the one token in a store that {@link writePkcs11Store} writes; its one key has the name of the key file. */
export const PKCS11_STORE_TOKEN = 'keyward';

const FILE = 'tpm2_pkcs11.sqlite3';
const utf8 = new TextEncoder();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/**
 * Writes the key into its own store for tpm2-pkcs11 (TPM2_PKCS11_STORE; its format 8), as `tpm2_ptool init`, `addtoken` and
 * `link` would, whose PINs would stand on their command lines. The token's user PIN is the key's PIN, and empty without one. The
 * store holds nothing that works without this TPM. An older store there is replaced.
 *
 * Throws `Problem('key-file')`, also when the key's parent is not persistent, `TpmError`, `Problem('tpm-unreachable')`.
 */
export const writePkcs11Store = async (
	tpm: Tpm,
	folder: string,
	name: string,
	store: string,
	pin = '',
): Promise<void> => {
	const file = await readTpm2Key(folder, name);
	if (file.parent >>> 24 !== 0x81) {
		throw new Problem(
			'key-file',
			`${tpm2KeyFileOf(folder, name)} is under no persistent storage key, which TLS needs: make the key again once there is one at 0x81000001.`,
		);
	}
	const written = await tpm.operation(async () => {
		await using parent = await openPersistent(tpm, file.parent);
		return contentsOf(parent, file, name, pin, await sealWrappingKey(tpm, parent, pin));
	});
	await makePrivateFolder(store);
	const path = join(store, FILE);
	const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
	writeDatabase(temporary, written);
	await rename(temporary, path);
};

interface Sealed {
	readonly wrappingKey: Uint8Array;
	/** TPM2B_PUBLIC and TPM2B_PRIVATE of the object that holds it, as text in hexadecimal. */
	readonly publicBlob: Uint8Array;
	readonly privateBlob: Uint8Array;
	readonly salt: string;
}

interface Contents extends Sealed {
	readonly primary: string;
	readonly token: string;
	readonly objects: readonly string[];
}

const SEALED_DATA: KeyedHashPublic = {
	type: TPM_ALG.KEYEDHASH,
	nameAlg: TPM_ALG.SHA256,
	objectAttributes: objectAttributes('fixedTPM', 'fixedParent', 'userWithAuth', 'noDA'),
	authPolicy: new Uint8Array(),
	parameters: { scheme: NULL_SCHEME },
	unique: new Uint8Array(),
};

/** As the key: without a PIN nothing counts power cuts (Part 1 §19.8.6), with one wrong ones count. */
const SEALED_BY_PIN: KeyedHashPublic = {
	...SEALED_DATA,
	objectAttributes: objectAttributes('fixedTPM', 'fixedParent', 'userWithAuth'),
};

/** What keeps the PIN of the key is itself kept by the TPM, and opened by the PIN. */
const sealWrappingKey = async (tpm: Tpm, parentHandle: Loaded, pin: string): Promise<Sealed> => {
	const wrappingKey = new Uint8Array(randomBytes(32));
	const salt = hex(randomBytes(32));
	const userAuth = utf8.encode(hash('sha256', `${pin}${salt}`).slice(0, 32));
	await using hidden = await startSaltedSession(tpm, parentHandle, DECRYPT);
	const { outPublic, outPrivate } = await TPM2_Create(
		tpm,
		{ parentHandle, userAuth, data: utf8.encode(hex(wrappingKey)), inPublic: pin === '' ? SEALED_DATA : SEALED_BY_PIN },
		hidden.session,
	);
	return { wrappingKey, salt, publicBlob: TPM2B_PUBLIC.marshal(outPublic), privateBlob: sized(outPrivate) };
};

const contentsOf = (parent: Loaded, file: TpmKeyFile, name: string, pin: string, sealed: Sealed): Contents => {
	const wrapped = pin === '' ? null : wrap(sealed.wrappingKey, pin);
	return {
		...sealed,
		// ESYS_TR as tpm2-tss writes it: handle, name, kind (a key), public area.
		primary: yaml([
			[
				'esys-tr',
				hex(Buffer.concat([u32(parent.handle), sized(parent.name), u32(1), TPM2B_PUBLIC.marshal(parent.publicArea)])),
			],
			['transient', false],
		]),
		token: yaml([...(pin === '' ? [['empty-user-pin', true] as const] : []), ['token-init', true]]),
		objects: objectsOf(file, name, wrapped),
	};
};

/** AES-256-GCM as `iv:tag:ciphertext`. */
const wrap = (wrappingKey: Uint8Array, text: string): string => {
	const iv = randomBytes(12);
	const cipher = createCipheriv('aes-256-gcm', wrappingKey, iv);
	const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
	return [iv, cipher.getAuthTag(), sealed].map(hex).join(':');
};

const SCHEMA = `
	CREATE TABLE tokens(id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, label TEXT UNIQUE, config TEXT NOT NULL,
		FOREIGN KEY (pid) REFERENCES pobjects(id) ON DELETE CASCADE);
	CREATE TABLE sealobjects(id INTEGER PRIMARY KEY, tokid INTEGER NOT NULL, userpub BLOB, userpriv BLOB, userauthsalt TEXT,
		sopub BLOB NOT NULL, sopriv BLOB NOT NULL, soauthsalt TEXT NOT NULL,
		FOREIGN KEY (tokid) REFERENCES tokens(id) ON DELETE CASCADE);
	CREATE TABLE pobjects(id INTEGER PRIMARY KEY, hierarchy TEXT NOT NULL, config TEXT NOT NULL, objauth TEXT NOT NULL);
	CREATE TABLE tobjects(id INTEGER PRIMARY KEY, tokid INTEGER NOT NULL, attrs TEXT NOT NULL,
		FOREIGN KEY (tokid) REFERENCES tokens(id) ON DELETE CASCADE);
	CREATE TABLE schema(id INTEGER PRIMARY KEY, schema_version INTEGER NOT NULL);
	INSERT INTO schema VALUES (1, 8);
`;

const writeDatabase = (path: string, { primary, token, objects, publicBlob, privateBlob, salt }: Contents): void => {
	const database = new DatabaseSync(path);
	try {
		database.exec(SCHEMA);
		database.prepare(`INSERT INTO pobjects VALUES (1, 'o', ?, '')`).run(primary);
		database.prepare('INSERT INTO tokens VALUES (1, 1, ?, ?)').run(PKCS11_STORE_TOKEN, token);
		// The security officer's PIN, which nobody uses, is the same.
		const seal = [publicBlob, privateBlob, salt];
		database.prepare('INSERT INTO sealobjects VALUES (1, 1, ?, ?, ?, ?, ?, ?)').run(...seal, ...seal);
		const insert = database.prepare('INSERT INTO tobjects (tokid, attrs) VALUES (1, ?)');
		for (const attributes of objects) insert.run(attributes);
	} finally {
		database.close();
	}
};

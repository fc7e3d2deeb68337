import { createCipheriv, hash, randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Problem } from '@keyward/core';
import {
	type EccPublic,
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
import type { Loaded } from './handle.ts';
import { readTpm2Key, tpm2KeyFileOf } from './key-file.ts';
import { openPersistent } from './load.ts';
import { DECRYPT } from './session.ts';
import { startSaltedSession } from './start-session.ts';
import type { Tpm } from './tpm.ts';

/** Label of the one token in a store that {@link writePkcs11Store} writes; its one key has the name of the key file. */
export const PKCS11_STORE_TOKEN = 'keyward';

const FILE = 'tpm2_pkcs11.sqlite3';
const utf8 = new TextEncoder();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/**
 * Writes the key into a store of its own for tpm2-pkcs11 (TPM2_PKCS11_STORE; its format 8), as `tpm2_ptool init`, `addtoken` and
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
			`${tpm2KeyFileOf(folder, name)} is under no persistent storage key, which TLS needs: make the key anew once there is one at 0x81000001.`,
		);
	}
	const written = await tpm.operation(async () => {
		await using parent = await openPersistent(tpm, file.parent);
		return contentsOf(parent, file, name, pin, await sealWrappingKey(tpm, parent, pin));
	});
	await makePrivateFolder(store);
	const path = join(store, FILE);
	await rm(`${path}.new`, { force: true });
	writeDatabase(`${path}.new`, written);
	await rename(`${path}.new`, path);
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
	objectAttributes: objectAttributes('fixedTPM', 'fixedParent', 'userWithAuth'),
	authPolicy: new Uint8Array(),
	parameters: { scheme: NULL_SCHEME },
	unique: new Uint8Array(),
};

/** What keeps the PIN of the key is itself kept by the TPM, and opened by the PIN. */
const sealWrappingKey = async (tpm: Tpm, parentHandle: Loaded, pin: string): Promise<Sealed> => {
	const wrappingKey = new Uint8Array(randomBytes(32));
	const salt = hex(randomBytes(32));
	const userAuth = utf8.encode(hash('sha256', `${pin}${salt}`).slice(0, 32));
	await using hidden = await startSaltedSession(tpm, parentHandle, DECRYPT);
	const { outPublic, outPrivate } = await TPM2_Create(
		tpm,
		{ parentHandle, userAuth, data: utf8.encode(hex(wrappingKey)), inPublic: SEALED_DATA },
		hidden.session,
	);
	return { wrappingKey, salt, publicBlob: TPM2B_PUBLIC.marshal(outPublic), privateBlob: sized(outPrivate) };
};

/** A PKCS#11 attribute's value, as the store writes it. */
type Value = number | boolean | string | readonly number[];

const scalar = (value: number | boolean | string): string => {
	if (typeof value === 'number') return `!!int "${value}"`;
	return typeof value === 'boolean' ? `!!bool "${value}"` : `!!str "${value}"`;
};

/** Canonical YAML of one map; its texts are hexadecimal or plain words, so that nothing in them needs an escape. */
const yaml = (entries: readonly (readonly [number | string, Value])[]): string => {
	const lines = entries.map(([name, value]) => {
		const written = typeof value === 'object' ? `!!seq [${value.map((one) => ` ${scalar(one)},`).join('')} ]` : scalar(value);
		return `  ? ${scalar(name)}\n  : ${written},\n`;
	});
	return `---\n!!map {\n${lines.join('')}}\n`;
};

// PKCS #11 v2.40, and tpm2-pkcs11's own attributes.
const CKA = {
	CLASS: 0x0,
	TOKEN: 0x1,
	PRIVATE: 0x2,
	LABEL: 0x3,
	KEY_TYPE: 0x100,
	ID: 0x102,
	SENSITIVE: 0x103,
	DECRYPT: 0x105,
	SIGN: 0x108,
	VERIFY: 0x10a,
	EXTRACTABLE: 0x162,
	LOCAL: 0x163,
	NEVER_EXTRACTABLE: 0x164,
	ALWAYS_SENSITIVE: 0x165,
	MODIFIABLE: 0x170,
	EC_PARAMS: 0x180,
	EC_POINT: 0x181,
	ALWAYS_AUTHENTICATE: 0x202,
	ALLOWED_MECHANISMS: 0x4000_0600,
	TPM2_OBJAUTH_ENC: 0x8f00_0001,
	TPM2_PUB_BLOB: 0x8f00_0002,
	TPM2_PRIV_BLOB: 0x8f00_0003,
} as const;
const CKO = { PUBLIC_KEY: 2, PRIVATE_KEY: 3 } as const;
const CKK_EC = 3;
/** CKM_ECDSA, and with SHA-256. */
const MECHANISMS = [0x1041, 0x1044];
/** P-256, DER. */
const PRIME256V1 = '06082a8648ce3d030107';

const contentsOf = (parent: Loaded, file: TpmKeyFile, name: string, pin: string, sealed: Sealed): Contents => {
	const { x, y } = (file.publicArea as EccPublic).unique;
	const label = hex(utf8.encode(name));
	const publicBlob = hex(TPM2B_PUBLIC.marshal(file.publicArea));
	const common: readonly (readonly [number, Value])[] = [
		[CKA.TOKEN, true],
		[CKA.LABEL, label],
		[CKA.KEY_TYPE, CKK_EC],
		[CKA.ID, label],
		[CKA.LOCAL, true],
		[CKA.MODIFIABLE, false],
		[CKA.EC_PARAMS, PRIME256V1],
		[CKA.EC_POINT, `044104${hex(x)}${hex(y)}`],
		[CKA.ALLOWED_MECHANISMS, MECHANISMS],
		[CKA.TPM2_PUB_BLOB, publicBlob],
	];
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
		objects: [
			yaml([
				[CKA.CLASS, CKO.PRIVATE_KEY],
				[CKA.PRIVATE, true],
				[CKA.SENSITIVE, true],
				[CKA.DECRYPT, false],
				[CKA.SIGN, true],
				[CKA.EXTRACTABLE, false],
				[CKA.NEVER_EXTRACTABLE, true],
				[CKA.ALWAYS_SENSITIVE, true],
				[CKA.ALWAYS_AUTHENTICATE, false],
				...common,
				...(wrapped === null ? [] : [[CKA.TPM2_OBJAUTH_ENC, hex(utf8.encode(wrapped))] as const]),
				[CKA.TPM2_PRIV_BLOB, hex(sized(file.privateArea))],
			]),
			yaml([[CKA.CLASS, CKO.PUBLIC_KEY], [CKA.PRIVATE, false], [CKA.VERIFY, true], ...common]),
		],
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

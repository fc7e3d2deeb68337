import { hash } from 'node:crypto';
import { Problem } from '@keyward/core';
import type { Custody } from '@keyward/core/device';
import type { AgreementKey, KeyStore, SigningAlgorithm, Signer } from '@keyward/core/port';
import { derOfSignature } from '@keyward/core/format/ecdsa-signature';
import { agreementPoint, sharedSecret } from '@keyward/core/format/key-agreement';
import { isEmulator, type TokenIdentity } from './emulator.ts';
import type { KeyClaims, KeyName, TokenKeyRecord } from './message.ts';
import { staysInside } from './objects.ts';
import { createTokenProcess, type TokenOptions } from './token-process.ts';
import { formatPkcs11Uri } from './uri.ts';

export interface TokenKeyStoreOptions extends TokenOptions {
	/**
	 * Takes a token that is known to be an emulator for hardware, as a demonstration may. Its keys are shown as emulated
	 * even so.
	 */
	readonly emulatedCountsAsHardware?: boolean;
}

/** What the store says of a key in its token. */
export interface InToken {
	/** What the token says of the key: claimed, never proven. */
	readonly claims: KeyClaims;
	readonly emulated: boolean;
	/** RFC 7512, of the private key; without PIN and module. */
	readonly uri: string;
}

/** A signing key in a token. */
export type TokenSigner = Signer & InToken;

/** A key in a token that agrees. */
export type TokenAgreementKey = AgreementKey & InToken;

/** A PKCS#11 token. Names are CKA_LABELs. */
export interface TokenKeyStore extends KeyStore {
	create(name: string, algorithm: SigningAlgorithm): Promise<TokenSigner>;
	open(name: string): Promise<TokenSigner>;
	createAgreement(name: string): Promise<TokenAgreementKey>;
	openAgreement(name: string): Promise<TokenAgreementKey>;
	/** The key by label, id or both, as a `pkcs11:` URI names it. Throws `Problem('token-key')` when there is none, or two. */
	openKey(name: KeyName): Promise<TokenSigner>;
	/** Every private key that the user sees, ours or not. */
	list(): Promise<TokenKeyRecord[]>;
	token(): Promise<TokenIdentity & { readonly emulated: boolean }>;
}

/**
 * Opens nothing yet: the first question loads the module and logs in. Every method throws `token-module`, `token-absent`,
 * `token-pin`, `token-key`, `token-failed`, or `key-file` for the PIN's file. A token that comes back is used again.
 */
export const tokenKeyStore = (options: TokenKeyStoreOptions): TokenKeyStore => {
	const process = createTokenProcess(options);

	const handleOf = async (
		record: TokenKeyRecord,
	): Promise<InToken & Omit<Signer, 'sign'> & { readonly key: KeyName }> => {
		const { publicKey, claims, label, id } = record;
		if (publicKey === null)
			throw new Problem(
				'token-key',
				`The key ${JSON.stringify(label)} is no P-256 or P-384 key, or its public half is not in the token.`,
			);
		const identity = await process.identity();
		const emulated = isEmulator(identity);
		return {
			publicKey,
			claims,
			emulated,
			// key-custody: a key that could have been elsewhere before, or in a program that plays a token, is software.
			custody: custodyOf(claims, emulated && options.emulatedCountsAsHardware !== true),
			uri: formatPkcs11Uri({ token: identity.label, serial: identity.serial, object: label, id, type: 'private' }),
			key: { label, id },
		};
	};
	const signerOf = async (record: TokenKeyRecord): Promise<TokenSigner> => {
		// A key of another program that has more uses signs, as ever; one that agrees alone is never asked to.
		if (record.claims.agreeOnly === true)
			throw new Problem('token-key', `The key ${JSON.stringify(record.label)} agrees and signs nothing: name another.`);
		const { key, ...handle } = await handleOf(record);
		return {
			...handle,
			sign: async (bytes) => {
				const sides = await process.ask({ ask: 'sign', key, digest: new Uint8Array(hash('sha256', bytes, 'buffer')) });
				return derOfSignature(sides as Uint8Array);
			},
		};
	};
	const agreementOf = async (record: TokenKeyRecord): Promise<TokenAgreementKey> => {
		if (record.claims.agreeOnly !== true)
			throw new Problem(
				'token-key',
				`The key ${JSON.stringify(record.label)} is not for agreement alone (CKA_DERIVE without CKA_SIGN): name another.`,
			);
		const { key, ...handle } = await handleOf(record);
		return {
			...handle,
			agree: async (publicKey) =>
				sharedSecret((await process.ask({ ask: 'agree', key, point: agreementPoint(publicKey) })) as Uint8Array),
		};
	};
	const find = async (key: KeyName): Promise<TokenKeyRecord | null> =>
		(await process.ask({ ask: 'find', key })) as TokenKeyRecord | null;
	const mustFind = async (key: KeyName): Promise<TokenKeyRecord> => {
		const record = await find(key);
		if (record !== null) return record;
		const { label } = await process.identity();
		const said = key.label === undefined ? 'of this id' : JSON.stringify(key.label);
		throw new Problem('token-key', `The token ${JSON.stringify(label)} has no private key ${said}.`);
	};

	return {
		has: async (name) => (await find({ label: name })) !== null,
		create: async (name, algorithm) => {
			if (algorithm === 'Ed25519')
				throw new Problem('token-failed', 'Keys in tokens are P-256 or P-384: choose one of them.');
			return signerOf(
				(await process.ask({ ask: 'create', label: name, usage: 'sign', curve: algorithm })) as TokenKeyRecord,
			);
		},
		open: async (name) => signerOf(await mustFind({ label: name })),
		createAgreement: async (name) =>
			agreementOf(
				(await process.ask({ ask: 'create', label: name, usage: 'agree', curve: 'P-256' })) as TokenKeyRecord,
			),
		openAgreement: async (name) => agreementOf(await mustFind({ label: name })),
		openKey: async (key) => signerOf(await mustFind(key)),
		erase: async (name) => (await process.ask({ ask: 'erase', key: { label: name } })) !== 0,
		list: async () => (await process.ask({ ask: 'list' })) as TokenKeyRecord[],
		token: async () => {
			const identity = await process.identity();
			return { ...identity, emulated: isEmulator(identity) };
		},
		close: () => process.close(),
	};
};

const custodyOf = (claims: KeyClaims, emulated: boolean): Custody =>
	!emulated && staysInside(claims) ? 'pkcs11' : 'software';

import { createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Problem } from '@keyward/core';
import { concat, encryptCfb, hashOf, KDFa, sized, TPM_ALG, TPM_RH, u32, u8 } from '@keyward/core/tpm2';

/** TPM_SE (Part 2 §6.11). */
export type SessionType = 'hmac' | 'policy';

/** TPMA_SESSION (Part 2 §8.4). */
export const CONTINUE_SESSION = 1 << 0;
/** The first parameter of the command is encrypted. */
export const DECRYPT = 1 << 5;
/** The first parameter of the response is encrypted. */
export const ENCRYPT = 1 << 6;

/** Every session of ours uses SHA-256 and AES-128 in CFB mode. */
export const SESSION_HASH = TPM_ALG.SHA256;
export const NONCE_SIZE = 32;
const CFB_BITS = 128;

/** TPMS_AUTH_COMMAND of the password session (Part 1 §19.4). The value travels in the clear. */
export const passwordAuthorization = (authValue: Uint8Array): Uint8Array =>
	concat(u32(TPM_RH.PASSWORD), sized(new Uint8Array()), u8(0), sized(authValue));

/** What goes into one command's HMAC besides the session's own state. */
export interface SessionUse {
	/** Of the entity that the session authorizes; empty when it authorizes none. */
	readonly authValue: Uint8Array;
	/** Nonces of other sessions that encrypt, for the first session of a command (Part 1 §19.6.5). */
	readonly otherNonces: readonly Uint8Array[];
}

/** An authorization session (Part 1 §19.6): rolling nonces, the HMAC, and encryption of parameters. */
export class Session {
	readonly handle: number;
	readonly type: SessionType;
	readonly attributes: number;
	readonly #sessionKey: Uint8Array;
	#nonceTPM: Uint8Array;
	#nonceCaller: Uint8Array = new Uint8Array();

	constructor(handle: number, type: SessionType, attributes: number, sessionKey: Uint8Array, nonceTPM: Uint8Array) {
		this.handle = handle;
		this.type = type;
		this.attributes = attributes | CONTINUE_SESSION;
		this.#sessionKey = sessionKey;
		this.#nonceTPM = nonceTPM;
	}

	get nonceTPM(): Uint8Array {
		return this.#nonceTPM;
	}

	/** A fresh nonce for the command that is being made. */
	roll(): void {
		this.#nonceCaller = new Uint8Array(randomBytes(NONCE_SIZE));
	}

	/** TPMS_AUTH_COMMAND for a command with this cpHash. */
	authorize(cpHash: Uint8Array, use: SessionUse): Uint8Array {
		const hmac = this.#hmac(use, cpHash, this.#nonceCaller, this.#nonceTPM, ...use.otherNonces);
		return concat(u32(this.handle), sized(this.#nonceCaller), u8(this.attributes), sized(hmac));
	}

	/** Takes the TPM's new nonce. Throws `Problem('tpm-failed')` when its HMAC over the response is wrong. */
	accept(rpHash: Uint8Array, nonceTPM: Uint8Array, attributes: number, hmac: Uint8Array, use: SessionUse): void {
		this.#nonceTPM = nonceTPM;
		const expected = this.#hmac(use, rpHash, nonceTPM, this.#nonceCaller);
		// Part 1 §19.6.5: somebody on the bus between us and the TPM would otherwise answer in its place.
		const same = attributes === this.attributes && hmac.length === expected.length && timingSafeEqual(hmac, expected);
		if (!same) throw new Problem('tpm-failed', 'The response was not made by the TPM that the session is with.');
	}

	/** AES-CFB over the first parameter's contents on the way in (Part 1 §21.3). */
	encrypt(contents: Uint8Array, authValue: Uint8Array): Uint8Array {
		const { key, iv } = this.#parameterKey(authValue, this.#nonceCaller, this.#nonceTPM);
		return encryptCfb(key, iv, contents);
	}

	/** The same on the way out, after {@link accept}. */
	decrypt(contents: Uint8Array, authValue: Uint8Array): Uint8Array {
		const { key, iv } = this.#parameterKey(authValue, this.#nonceTPM, this.#nonceCaller);
		const decipher = createDecipheriv(`aes-${CFB_BITS}-cfb`, key, iv);
		return concat(decipher.update(contents), decipher.final());
	}

	#parameterKey(authValue: Uint8Array, newer: Uint8Array, older: Uint8Array): { key: Uint8Array; iv: Uint8Array } {
		const both = KDFa(SESSION_HASH, this.#keyWith(authValue), 'CFB', newer, older, CFB_BITS + 128);
		return { key: both.subarray(0, CFB_BITS / 8), iv: both.subarray(CFB_BITS / 8) };
	}

	/** The authorization value counts without zeros at its end (Part 1 §19.6.5). */
	#keyWith(authValue: Uint8Array): Uint8Array {
		return concat(this.#sessionKey, authValue.subarray(0, authValue.findLastIndex((octet) => octet !== 0) + 1));
	}

	#hmac(use: SessionUse, parametersHash: Uint8Array, ...nonces: readonly Uint8Array[]): Uint8Array {
		// A policy session proves its policy, not the value; without a session key it has nothing to key an HMAC with.
		const key = this.#keyWith(this.type === 'policy' ? new Uint8Array() : use.authValue);
		if (this.type === 'policy' && key.length === 0) return key;
		const mac = createHmac(hashOf(SESSION_HASH).name, key);
		return new Uint8Array(mac.update(concat(parametersHash, ...nonces, u8(this.attributes))).digest());
	}
}

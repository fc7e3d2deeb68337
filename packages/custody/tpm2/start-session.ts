import { randomBytes } from 'node:crypto';
import {
	AES_128_CFB,
	KDFa,
	NO_SYMMETRIC,
	SHARED_SECRET_ENTROPY,
	shareSecret,
	TPM_RH,
	type TPMT_SYM_DEF,
} from '@keyward/core/tpm2';
import { TPM2_PolicySecret, TPM2_StartAuthSession } from './commands/session.ts';
import type { Loaded } from './protocol/handle.ts';
import { release } from './load.ts';
import { NONCE_SIZE, Session, SESSION_HASH, type SessionType } from './protocol/session.ts';
import type { Tpm } from './tpm.ts';

/** A session in a slot of the TPM, freed at the end of its scope. */
export interface OpenSession extends AsyncDisposable {
	readonly session: Session;
}

/** A policy session that satisfies the policy of endorsement keys (EK Credential Profile B.6.2), for one use. */
export const startEndorsementSession = async (tpm: Tpm): Promise<OpenSession> => {
	const opened = await start(tpm, 'policy', 0, NO_SYMMETRIC, null);
	try {
		await TPM2_PolicySecret(tpm, {
			authHandle: tpm.hierarchy(TPM_RH.ENDORSEMENT),
			policySession: opened.session.handle,
		});
		return opened;
	} catch (error) {
		await opened[Symbol.asyncDispose]();
		throw error;
	}
};

/**
 * A session whose key is shared with `tpmKey`, a decryption key in the TPM: a listener on the bus learns neither what it
 * encrypts (`ENCRYPT`, `DECRYPT`) nor anything of the authorization value that it proves, and nobody without that key answers.
 */
export const startSaltedSession = (tpm: Tpm, tpmKey: Loaded, attributes = 0): Promise<OpenSession> =>
	start(tpm, 'hmac', attributes, AES_128_CFB, tpmKey);

const start = async (
	tpm: Tpm,
	sessionType: SessionType,
	attributes: number,
	symmetric: TPMT_SYM_DEF,
	tpmKey: Loaded | null,
): Promise<OpenSession> => {
	const nonceCaller = new Uint8Array(randomBytes(NONCE_SIZE));
	const salt =
		tpmKey === null
			? { seed: new Uint8Array(), encryptedSecret: new Uint8Array() }
			: shareSecret(tpmKey.publicArea, 'SECRET', new Uint8Array(randomBytes(SHARED_SECRET_ENTROPY)));
	const { sessionHandle, nonceTPM } = await TPM2_StartAuthSession(tpm, {
		...(tpmKey === null ? {} : { tpmKey }),
		nonceCaller,
		encryptedSalt: salt.encryptedSecret,
		sessionType,
		symmetric,
	});
	// Part 1 §19.6.8: neither salted nor bound, a session has no key.
	const key = tpmKey === null ? new Uint8Array() : KDFa(SESSION_HASH, salt.seed, 'ATH', nonceTPM, nonceCaller, 256);
	const { generation } = tpm;
	return {
		session: new Session(sessionHandle, sessionType, attributes, key, nonceTPM),
		[Symbol.asyncDispose]: () => release(tpm, sessionHandle, generation),
	};
};

import type { ErrorCode } from '@keyward/core';
import type { TokenIdentity } from './emulator.ts';

/** What the token's own process is asked, and answers. Bytes travel as Uint8Array (structured clone). */
export type TokenQuestion =
	/** First of all: loads the module, finds the token, logs in. Answers with {@link TokenIdentity}. */
	| { readonly ask: 'open'; readonly module: string; readonly token: TokenName; readonly pin: string }
	/** Answers with {@link TokenKeyRecord}s. */
	| { readonly ask: 'list' }
	/** Makes a pair for this use alone, on P-256 where it agrees. Answers with a {@link TokenKeyRecord}. */
	| { readonly ask: 'create'; readonly label: string; readonly usage: KeyUsage; readonly curve: TokenCurve }
	/** Answers with the {@link TokenKeyRecord}, or null. */
	| { readonly ask: 'find'; readonly key: KeyName }
	/** ECDSA over a SHA-256 digest. Answers with r and s side by side. */
	| { readonly ask: 'sign'; readonly key: KeyName; readonly digest: Uint8Array }
	/** ECDH with an uncompressed point of P-256 that was validated. Answers with Z. */
	| { readonly ask: 'agree'; readonly key: KeyName; readonly point: Uint8Array }
	/** Destroys both halves. Answers with how many objects went. */
	| { readonly ask: 'erase'; readonly key: KeyName };

export type KeyUsage = 'sign' | 'agree';

export type TokenCurve = 'P-256' | 'P-384';

/** How a token is found: what is given must agree. */
export interface TokenName {
	readonly label?: string;
	readonly serial?: string;
}

/** How a key is found within its token: CKA_LABEL, CKA_ID, or both. */
export interface KeyName {
	readonly label?: string;
	readonly id?: Uint8Array;
}

/** What the token says of a private key's attributes; null where it says nothing. These are claims, never proof. */
export interface KeyClaims {
	/** CKA_LOCAL: made inside this token. */
	readonly local: boolean | null;
	readonly sensitive: boolean | null;
	readonly extractable: boolean | null;
	readonly alwaysSensitive: boolean | null;
	readonly neverExtractable: boolean | null;
	/** It can sign and do nothing else. */
	readonly signOnly: boolean | null;
	/** It can agree (CKA_DERIVE) and do nothing else. */
	readonly agreeOnly: boolean | null;
}

export interface TokenKeyRecord {
	readonly label: string;
	readonly id: Uint8Array;
	/** SubjectPublicKeyInfo, DER; null for a key on neither curve, or whose public half is not in the token. */
	readonly publicKey: Uint8Array | null;
	readonly claims: KeyClaims;
}

/** A failure in words for people. `stale`: the session or the token went away, and a new process may find it again. */
export interface TokenFailure {
	readonly code: ErrorCode;
	readonly detail: string;
	readonly stale: boolean;
}

export type TokenValue = TokenIdentity | TokenKeyRecord | TokenKeyRecord[] | Uint8Array | number | null;

export interface TokenProtocol {
	readonly question: TokenQuestion;
	readonly answer: { readonly value: TokenValue } | { readonly failure: TokenFailure };
	readonly order: never;
	readonly event: never;
}

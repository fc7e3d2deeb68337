import type { Cursor, OperationName, Operations, ReadingView } from '@keyward/core/port';

/** Who calls, as the door could see it. Whether that is enough is decided behind the door, at each call. */
export type Caller =
	/** Came through the local socket in the data folder, which only its owner can open. */
	| { readonly kind: 'operator' }
	/** Proved possession of the key of a certificate that chains to the site root; SHA-256 of the DER, lower-case hex. */
	| { readonly kind: 'certificate'; readonly fingerprint: string }
	| { readonly kind: 'anonymous' };

/** What a listener can ask of the committer's thread. Every method throws `Problem` with the code that the peer is told. */
export interface Door {
	call<Name extends OperationName>(
		name: Name,
		input: Operations[Name]['input'],
		caller: Caller,
	): Promise<Operations[Name]['output']>;

	/** EST /cacerts (RFC 7030 §4.1.2): DER certificates: site root, issuing CAs, service CA. */
	caCertificates(): Promise<Uint8Array[]>;
	/** EST /simpleenroll (RFC 7030 §4.2.1): DER certificate first, then its issuing CA. `csr` is DER, `token` the Basic password. */
	enrol(csr: Uint8Array, token: string): Promise<Uint8Array[]>;
	/** EST /simplereenroll (RFC 7030 §4.2.2), under the certificate that it renews. */
	renew(csr: Uint8Array, caller: Caller): Promise<Uint8Array[]>;

	/**
	 * Readings of a stream after the cursor, and then as they come, until aborted. Ends by throwing when the grant or
	 * the certificate stops being good. Nothing is queued: the next page is fetched when the last was consumed.
	 */
	follow(
		name: { readonly application: string; readonly device: string; readonly stream: string },
		after: Cursor,
		caller: Caller,
		signal: AbortSignal,
	): AsyncIterable<ReadingView[]>;
}

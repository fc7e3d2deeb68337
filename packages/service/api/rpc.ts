import type { Caller } from '@keyward/core/authorize';
import type { CertificationRequest } from '@keyward/core/format';
import type { OperationName, Operations, ReadingView, SiteHealth } from '@keyward/contract';
import type { Cursor } from '@keyward/core/port';
import type { Challenge, ChallengeRequest, ClientProof, Statement } from '../enrolment/attestation.ts';
import type { EstConnection } from '../enrolment/registrar.ts';

/** What a listener can ask of the committer's thread. Every method throws `Problem` with the code that the peer is told. */
export interface Door {
	call<Name extends OperationName>(
		name: Name,
		input: Operations[Name]['input'],
		caller: Caller,
	): Promise<Operations[Name]['output']>;

	/** Whether the site can do its work at this moment. */
	health(): Promise<SiteHealth>;
	/** Metrics of the service in Prometheus' text format. */
	metrics(): Promise<string>;

	/**
	 * EST /cacerts (RFC 7030 §4.1.2): DER certificates: site root, issuing CAs, service CA. A label (§3.2.2) names an
	 * application, here and below: null without one; `Problem('no-such-thing')` for one that the site does not have.
	 */
	caCertificates(label: string | null, caller: Caller): Promise<Uint8Array[]>;
	/** EST /csrattrs (RFC 7030 §4.5.2): CsrAttrs, DER. */
	csrAttributes(label: string | null): Promise<Uint8Array>;
	/** Our /challenge (docs/attestation.md). `binding` names the TLS connection, here and below: base64 of its exporter. */
	challenge(request: ChallengeRequest, by: ClientProof, binding: string, label: string | null): Promise<Challenge>;
	/** Our /endorsement: resolves when the part's certificate, for the key to be certified, leads to a maker. */
	endorse(certificates: readonly Uint8Array[], by: ClientProof, binding: string, label: string | null): Promise<void>;
	/** Our /evidence: resolves when the key was found to be in its part. */
	appraise(statement: Statement, binding: string): Promise<void>;
	/** Throws `Problem('token-unknown')`: asked before a stranger's request is parsed and its signature verified. */
	requireToken(token: string): Promise<void>;
	/** EST /simpleenroll (RFC 7030 §4.2.1): DER certificate first, then its issuing CA. `token` is the Basic password. */
	enrol(request: CertificationRequest, token: string, on: EstConnection): Promise<Uint8Array[]>;
	/** EST /simplereenroll (RFC 7030 §4.2.2) under the caller's certificate; same result as `enrol`. */
	renew(request: CertificationRequest, caller: Caller, on: EstConnection): Promise<Uint8Array[]>;

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

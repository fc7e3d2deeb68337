import { randomUUID } from 'node:crypto';
import { type ErrorCode, Problem } from '@keyward/core';
import type { FastifyError } from 'fastify';
import type { Caller } from '../api/rpc.ts';

/** What a peer is told when it does not get what it asked for. */
export interface Failure {
	readonly status: number;
	readonly code: ErrorCode;
	readonly detail: string;
}

/** Every status other than 400, by code. */
const statuses: { readonly [Code in ErrorCode]?: number } = {
	'not-authenticated': 401,
	'token-unknown': 401,
	'token-spent': 401,
	'token-expired': 401,
	'certificate-unknown': 401,
	'certificate-expired': 401,
	'certificate-revoked': 401,
	'ca-retired': 401,
	'not-granted': 403,
	'reading-not-own-stream': 403,
	'device-not-expected': 403,
	'custody-too-weak': 403,
	'key-seen-before': 403,
	'key-published': 403,
	'key-superseded': 403,
	'link-too-weak': 403,
	'no-such-thing': 404,
	'device-unknown': 404,
	'reader-unknown': 404,
	'grant-unknown': 404,
	'policy-unknown-application': 404,
	'reading-unknown-stream': 404,
	'peer-too-slow': 408,
	'device-exists': 409,
	'ca-needed': 409,
	'reading-conflict': 409,
	'taken-over': 409,
	'packet-too-large': 413,
	'rekey-limit': 429,
	'reading-too-large': 413,
	'ledger-broken': 500,
	internal: 500,
	'key-file': 500,
	'site-configuration': 500,
	'alert-undelivered': 503,
	'token-module': 503,
	'token-absent': 503,
	'token-pin': 503,
	'token-key': 503,
	'token-failed': 503,
	'store-failed': 503,
	'disk-short': 503,
	'store-in-use': 503,
	'service-busy': 503,
	'site-unreachable': 503,
};

/** Seconds after which it is worth asking again (RFC 9110 §10.2.3); null where time changes nothing. */
export const retryAfter = (code: ErrorCode): number | null => (code === 'service-busy' ? 1 : null);

export const statusOf = (code: ErrorCode): number => statuses[code] ?? 400;

/**
 * Codes that would tell whether something exists. To a caller with a certificate they are one answer, byte for byte:
 * without a grant nothing is learned (IEC 62443-4-2 CR 2.1), so a reader cannot map the fleet by asking.
 */
const tellExistence: ReadonlySet<ErrorCode> = new Set([
	'not-granted',
	'no-such-thing',
	'device-unknown',
	'reader-unknown',
	'grant-unknown',
	'policy-unknown-application',
	'reading-unknown-stream',
	'reading-not-own-stream',
]);

const notGranted: Failure = {
	status: 403,
	code: 'not-granted',
	detail: 'You hold no grant for this, or it does not exist; the answer is the same. Ask the owner of the application.',
};

const isFastifyError = (error: unknown): error is FastifyError =>
	error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';

/** Where errors that nobody foresaw are written. */
export interface FailureLog {
	error(fields: object, message: string): void;
}

/** Turns whatever was thrown into what the caller may know. A bug is written to the log under an id, and only the id told. */
export const failureOf = (error: unknown, caller: Caller, log: FailureLog): Failure => {
	if (error instanceof Problem) {
		if (caller.kind === 'certificate' && tellExistence.has(error.code)) return notGranted;
		return { status: statusOf(error.code), code: error.code, detail: error.detail };
	}
	if (isFastifyError(error) && error.statusCode !== undefined && error.statusCode < 500) {
		return error.statusCode === 413
			? { status: 413, code: 'packet-too-large', detail: 'The request is larger than this door accepts.' }
			: {
					status: error.statusCode,
					code: 'request-malformed',
					detail: error.message.endsWith('.') ? error.message : `${error.message}.`,
				};
	}
	const incident = randomUUID();
	const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
	log.error({ incident, error: said }, 'unexpected error at the HTTP door');
	return {
		status: 500,
		code: 'internal',
		detail: `Something failed inside the service; its log says what, under ${incident}.`,
	};
};

import { randomUUID } from 'node:crypto';
import { type ErrorCode, Problem, statusOf } from '@keyward/core';
import type { FastifyError } from 'fastify';
import type { Caller } from '@keyward/core/authorize';

/** What a peer is told when it does not get what it asked for. */
export interface Failure {
	readonly status: number;
	readonly code: ErrorCode;
	readonly detail: string;
}

/** Seconds after which it is worth asking again (RFC 9110 §10.2.3); null where time changes nothing. */
export const retryAfter = (code: ErrorCode): number | null =>
	code === 'service-busy' || code === 'request-too-often' ? 1 : code === 'sign-in-too-often' ? 60 : null;

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

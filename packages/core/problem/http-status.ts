import type { ErrorCode } from './code.ts';

/**
 * The status (RFC 9110 §15) of an answer that fails with a code, for the API and for EST (RFC 7030 §4.2.3) alike:
 *
 * - 400: what was sent cannot be read; 413: it is too large to be looked at.
 * - 401: the caller has not shown who it is.
 * - 403: it was understood, and is refused: sending it again changes nothing.
 * - 404: there is no such thing; 409: the state of the thing forbids it.
 * - 422: an idempotency key stands for another call.
 * - 408, 429: later, or slower.
 * - 500: the service is at fault, and stays so until an operator acts; 503: for now, and may be asked again.
 *
 * Codes that no answer has (sources of an agent, say) have the status that they would have.
 */
const statuses: Readonly<Record<ErrorCode, number>> = {
	// policy
	'policy-syntax': 400,
	'policy-unknown-key': 400,
	'policy-missing-key': 400,
	'policy-bad-value': 400,
	'policy-laxer': 400,
	'policy-unknown-unit': 400,
	'policy-unknown-reference': 400,
	'policy-unknown-application': 404,
	// readings
	'senml-malformed': 400,
	'senml-unsupported': 400,
	'payload-unmapped': 400,
	'reading-too-large': 413,
	'reading-name': 400,
	'reading-unit': 400,
	'reading-value': 400,
	'reading-time-missing': 400,
	'reading-time-future': 400,
	'reading-time-impossible': 400,
	'reading-time-past': 400,
	'reading-time-doubted': 400,
	'reading-too-often': 429,
	'reading-conflict': 409,
	'reading-forgotten': 409,
	'reading-not-own-stream': 403,
	'reading-unknown-stream': 404,
	// sealed streams and rosters
	'seal-malformed': 400,
	'seal-suite': 403,
	'epoch-exhausted': 400,
	'epoch-malformed': 400,
	'epoch-recipients': 403,
	'epoch-outlived': 403,
	'epoch-roster': 403,
	'reading-forged': 403,
	'reading-unsealed': 403,
	'reading-unsigned': 403,
	'epoch-unknown': 409,
	'checkpoint-mismatch': 403,
	'roster-laxer': 403,
	'stream-key-unknown': 403,
	'roster-malformed': 400,
	'roster-stale': 403,
	// what a reader notices in a sealed stream
	'reading-missing': 409,
	'reading-replayed': 409,
	'stream-forked': 409,
	'stream-silent': 409,
	// commands to devices
	'command-malformed': 400,
	'command-other-device': 403,
	'command-signature': 403,
	'command-expired': 403,
	'command-replayed': 403,
	'command-unknown': 404,
	'command-signers': 403,
	// sentences and sources of the agent
	'sentence-malformed': 400,
	'sentence-checksum': 400,
	'sentence-void': 400,
	'source-malformed': 400,
	'source-no-line': 400,
	'source-no-value': 400,
	'source-unavailable': 503,
	'outbox-behind': 409,
	'outbox-corrupt': 500,
	'outbox-full': 503,
	'outbox-not-empty': 400,
	// enrolment
	'csr-malformed': 400,
	'csr-signature': 400,
	'csr-forbidden-extension': 403,
	'csr-subject': 403,
	'csr-key': 403,
	'key-form': 403,
	'token-unknown': 401,
	'token-spent': 401,
	'token-expired': 401,
	'commissioning-string': 400,
	'key-seen-before': 403,
	'key-published': 403,
	'key-superseded': 403,
	'key-kind': 403,
	'key-registered': 409,
	'key-not-proven': 403,
	'rekey-limit': 429,
	'custody-too-weak': 403,
	'device-not-expected': 403,
	'device-exists': 409,
	'device-quarantined': 403,
	'device-state': 409,
	'device-unknown': 404,
	'reader-unknown': 404,
	'certificate-malformed': 400,
	'certificate-unknown': 401,
	'certificate-expired': 401,
	'certificate-revoked': 401,
	'ca-retired': 401,
	'service-not-trusted': 403,
	'identity-file': 500,
	'batch-malformed': 400,
	// doors
	'link-too-weak': 403,
	'not-authenticated': 401,
	'not-granted': 403,
	'grant-unknown': 404,
	'grant-too-long': 403,
	'packet-malformed': 400,
	'packet-too-large': 413,
	'packet-unsupported': 400,
	'subscription-refused': 403,
	'peer-too-slow': 408,
	'service-busy': 503,
	'taken-over': 409,
	'cursor-outdated': 409,
	'request-malformed': 400,
	'idempotency-key-reused': 422,
	'idempotency-key-in-use': 409,
	'idempotency-done': 409,
	'no-such-thing': 404,
	// people
	'session-ended': 401,
	'session-elsewhere': 401,
	'session-locked': 401,
	'session-unknown': 404,
	'passkey-refused': 403,
	'passkey-too-weak': 403,
	'identity-refused': 403,
	'issuer-unavailable': 503,
	'invitation-unknown': 403,
	'person-unknown': 404,
	'person-last-owner': 409,
	'request-forged': 403,
	'sign-in-too-often': 429,
	'request-too-often': 429,
	'approval-needed': 403,
	'approval-unknown': 404,
	// keys in hardware
	'tpm-malformed': 400,
	'tpm-failed': 503,
	'tpm-unreachable': 503,
	'token-module': 503,
	'token-absent': 503,
	'token-pin': 503,
	'token-key': 503,
	'token-failed': 503,
	'token-uri': 400,
	'key-agreement': 400,
	// evidence of where a key lives
	'evidence-missing': 403,
	'evidence-stale': 403,
	'challenge-limit': 429,
	'endorsement-chain': 403,
	'endorsement-untrusted': 403,
	'endorsement-expired': 403,
	'endorsement-revoked': 403,
	'part-unexpected': 403,
	'debug-port-open': 403,
	'attestation-key': 403,
	'attestation-signature': 403,
	'key-not-attested': 403,
	'boot-log-malformed': 400,
	'boot-log-mismatch': 403,
	'boot-not-released': 403,
	'floor-undone': 403,
	'boot-reference-malformed': 400,
	'key-attributes': 403,
	'tpm-not-cleared': 403,
	'firmware-denied': 403,
	'manifest-malformed': 400,
	'manifest-signature': 403,
	'part-conflict': 409,
	// advisories and bills of materials
	'package-url': 400,
	'version-range': 400,
	'bill-malformed': 400,
	'advisory-malformed': 400,
	// releases
	'release-malformed': 400,
	'release-signers': 403,
	'release-other-device': 403,
	'bill-of-materials': 403,
	'release-refused': 403,
	'release-below-floor': 403,
	'install-failed': 500,
	'update-state-malformed': 500,
	'rollout-refused': 409,
	'exercise-refused': 409,
	'rollout-unknown': 404,
	// ledger and store
	'ledger-broken': 500,
	'store-failed': 503,
	'disk-short': 503,
	'store-in-use': 503,
	'owner-not-trusted': 403,
	'roster-refused': 409,
	'backup-broken': 400,
	'key-file': 503,
	'site-unreachable': 503,
	'site-configuration': 500,
	'ca-needed': 409,
	'changed-meanwhile': 409,
	'alert-undelivered': 503,
	'time-refused': 503,
	// what a reader hands readings on to
	'target-unavailable': 503,
	'target-refused': 400,
	'target-changed': 409,
	'file-unreadable': 400,
	// reach and plan
	'inventory-malformed': 400,
	'inventory-encoding': 400,
	'inventory-duplicate': 400,
	'inventory-contradiction': 400,
	'inventory-cycle': 400,
	'inventory-too-large': 413,
	'reach-subject': 404,
	'what-if-unknown': 400,
	'price-list-malformed': 400,
	internal: 500,
};

export const statusOf = (code: ErrorCode): number => statuses[code];

/** True when the same request may succeed later, without the caller changing anything. */
export const mayPass = (code: ErrorCode): boolean => {
	const status = statuses[code];
	return status === 408 || status === 429 || status >= 500;
};

/**
 * The code for an answer that has none we know: of a proxy on the way, or of a newer service. What is no answer of an HTTP API
 * at all, such as a redirection, comes from something else than the service.
 */
export const codeOfStatus = (status: number): ErrorCode => {
	const found = known.get(status);
	if (found !== undefined) return found;
	if (status >= 400 && status < 500) return 'request-malformed';
	return status >= 500 && status < 600 ? 'internal' : 'site-unreachable';
};

/** One code that stands for each status; the others of that status say more than a status can. */
const known: ReadonlyMap<number, ErrorCode> = new Map([
	[401, 'not-authenticated'],
	[403, 'not-granted'],
	[404, 'no-such-thing'],
	[408, 'peer-too-slow'],
	[413, 'packet-too-large'],
	[429, 'service-busy'],
	// A gateway before the service that does not reach it.
	[502, 'site-unreachable'],
	[503, 'service-busy'],
	[504, 'site-unreachable'],
]);

import { type ErrorCode, Problem } from '@keyward/core';
import type { TokenFailure } from './message.ts';

/** Each CKR_ that a user can meet: our code, what it means and what to do. */
const failures: Readonly<Record<string, readonly [ErrorCode, string]>> = {
	CKR_PIN_INCORRECT: ['token-pin', 'The token refuses this PIN. It is not tried again until the PIN file changes.'],
	CKR_PIN_LOCKED: [
		'token-pin',
		'The PIN is locked: unlock it with the security officer PIN, by the tool of its manufacturer.',
	],
	CKR_PIN_EXPIRED: ['token-pin', 'The PIN has expired: set a new one, by the tool of its manufacturer.'],
	CKR_PIN_INVALID: ['token-pin', 'The PIN has characters that this token does not take.'],
	CKR_PIN_LEN_RANGE: ['token-pin', 'The PIN is shorter or longer than this token takes.'],
	CKR_USER_PIN_NOT_INITIALIZED: [
		'token-pin',
		'The token has no user PIN yet: set one, by the tool of its manufacturer.',
	],
	CKR_USER_ANOTHER_ALREADY_LOGGED_IN: ['token-pin', 'The security officer is logged in: log out and try again.'],
	CKR_TOKEN_NOT_PRESENT: ['token-absent', 'The token is not there: put it back. Nothing needs a restart.'],
	CKR_TOKEN_NOT_RECOGNIZED: ['token-absent', 'The slot holds something that the module does not know as a token.'],
	CKR_SLOT_ID_INVALID: ['token-absent', 'The slot of the token is gone: plug its reader in again.'],
	CKR_DEVICE_REMOVED: ['token-absent', 'The token was removed: put it back. Nothing needs a restart.'],
	CKR_DEVICE_ERROR: ['token-absent', 'The token does not answer: look at its cable, its network or its service.'],
	CKR_SESSION_HANDLE_INVALID: ['token-absent', 'The session with the token was cut: it was removed or reset.'],
	CKR_SESSION_CLOSED: ['token-absent', 'The session with the token was cut: it was removed or reset.'],
	CKR_USER_NOT_LOGGED_IN: ['token-absent', 'The token has logged this program out: it was removed or reset.'],
	CKR_KEY_HANDLE_INVALID: ['token-absent', 'The key is not where it was: the token was removed or reset.'],
	CKR_OBJECT_HANDLE_INVALID: ['token-absent', 'The key is not where it was: the token was removed or reset.'],
	CKR_GENERAL_ERROR: ['token-failed', 'The token failed and gives no reason: its own log or tool may say more.'],
	CKR_FUNCTION_FAILED: ['token-failed', 'The token failed and gives no reason: its own log or tool may say more.'],
	CKR_DEVICE_MEMORY: ['token-failed', 'The token is full: destroy keys that nobody needs.'],
	CKR_HOST_MEMORY: ['token-failed', 'The module ran out of memory on this machine.'],
	CKR_SESSION_COUNT: ['token-failed', 'The token takes no more sessions: end another program that uses it.'],
	CKR_TOKEN_WRITE_PROTECTED: ['token-failed', 'The token is write-protected, so that no key can be made in it.'],
	CKR_SESSION_READ_ONLY: ['token-failed', 'The token is write-protected, so that no key can be made in it.'],
	CKR_MECHANISM_INVALID: ['token-failed', 'The token cannot do ECDSA or ECDH on P-256, which this key needs.'],
	CKR_MECHANISM_PARAM_INVALID: ['token-failed', 'The token cannot do ECDSA or ECDH on P-256, which this key needs.'],
	CKR_CURVE_NOT_SUPPORTED: ['token-failed', 'The token does not know the curve P-256.'],
	CKR_DOMAIN_PARAMS_INVALID: ['token-failed', 'The token does not know the curve P-256.'],
	CKR_KEY_FUNCTION_NOT_PERMITTED: ['token-failed', 'This key is not for this use (CKA_SIGN or CKA_DERIVE is false).'],
	CKR_KEY_TYPE_INCONSISTENT: ['token-failed', 'This key is not an elliptic curve key.'],
	CKR_TEMPLATE_INCONSISTENT: ['token-failed', 'The token does not make keys that have one use and never leave.'],
	CKR_TEMPLATE_INCOMPLETE: ['token-failed', 'The token does not make keys that have one use and never leave.'],
	CKR_ATTRIBUTE_VALUE_INVALID: ['token-failed', 'The token does not make keys that have one use and never leave.'],
	CKR_ATTRIBUTE_TYPE_INVALID: ['token-failed', 'The token does not make keys that have one use and never leave.'],
	CKR_FUNCTION_NOT_SUPPORTED: ['token-failed', 'The module lacks a function that this needs.'],
	CKR_ACTION_PROHIBITED: ['token-failed', 'The token forbids this.'],
};

/** After these the module is not trusted with another call: the next one begins in a new process. */
const STALE: ReadonlySet<string> = new Set([
	...Object.keys(failures).filter((name) => failures[name]?.[0] === 'token-absent'),
	'CKR_GENERAL_ERROR',
	'CKR_FUNCTION_FAILED',
	'CKR_OPERATION_ACTIVE',
	'CKR_CRYPTOKI_NOT_INITIALIZED',
]);

/** The name of the return value that a call of the module ended with; null for what is no answer of the module. */
export const returnValueOf = (error: unknown): string | null =>
	error instanceof Error && /^CKR_[A-Z0-9_]+$/.test(error.message) ? error.message : null;

/** Any error of a call as the sentence and the code that a user is told. `more` goes behind the sentence. */
export const failureOf = (error: unknown, more = ''): TokenFailure => {
	if (error instanceof Problem) return { code: error.code, detail: error.detail, stale: error.code === 'token-absent' };
	const name = returnValueOf(error);
	if (name === null) {
		const said = error instanceof Error ? error.message : String(error);
		return { code: 'token-failed', detail: `The module failed: ${said}.`, stale: true };
	}
	const [code, detail] = failures[name] ?? ['token-failed', 'The token refuses.'];
	return { code, detail: `${detail}${more === '' ? '' : ` ${more}`} (${name})`, stale: STALE.has(name) };
};

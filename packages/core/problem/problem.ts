import type { ErrorCode } from './code.ts';

/**
 * Malformed or impossible input, named by a code of the closed union {@link ErrorCode}.
 * `detail` says in one sentence what was found and what to do; it never holds a secret.
 */
export class Problem extends Error {
	override readonly name = 'Problem';
	readonly code: ErrorCode;
	readonly detail: string;

	constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
		super(`${code}: ${detail}`, options);
		this.code = code;
		this.detail = detail;
	}
}

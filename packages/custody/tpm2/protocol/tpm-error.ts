import { Problem } from '@keyward/core';
import { baseResponseCode, describeResponseCode } from '@keyward/core/tpm2';

/** `Problem('tpm-failed')`: the TPM's own no, with its response code. */
export class TpmError extends Problem {
	readonly responseCode: number;

	/** `more`: sentences about this very TPM, after what the code says of itself. */
	constructor(command: string, responseCode: number, more = '') {
		super('tpm-failed', `${command}: ${describeResponseCode(responseCode)}.${more === '' ? '' : ` ${more}`}`);
		this.responseCode = responseCode;
	}
}

/** True when the error is the TPM's answer with one of these codes, whichever handle, parameter or session it is about. */
export const hasResponseCode = (error: unknown, ...codes: readonly number[]): error is TpmError =>
	error instanceof TpmError && codes.includes(baseResponseCode(error.responseCode));

import { minutes, Problem, seconds } from '@keyward/core';
import { ChildLost, startChild } from '@keyward/custody/child-process';
import { takesSeveral } from '@keyward/custody/tpm2/tcti';
import { passLine } from '../tls/engine-noise.ts';
import type { Identity } from '../identity/identity.ts';
import { type EnrolmentResult, type EnrolmentRequest, type RequestProtocol, runRequest } from './enrolment-request.ts';

/** Longer than all the patience in it together: a slow TPM and a slow site. */
const PATIENCE = minutes(5);

/** How long the engine may take to let go of the token or TPM. */
const END_GRACE = seconds(10);

/**
 * Runs the request; with a key in hardware in a separate process, because OpenSSL's engine loads once in the life of one.
 * Throws as {@link runRequest} does, and `Problem('tpm-unreachable')` for a way to the TPM that serves one program at a time.
 */
export const sendRequest = async (identity: Identity, request: EnrolmentRequest): Promise<EnrolmentResult> => {
	const { hardware, folder } = identity;
	if (hardware === undefined) return runRequest(identity, request);
	if (hardware.custody === 'tpm2' && !takesSeveral(hardware.tcti)) {
		throw new Problem(
			'tpm-unreachable',
			`${hardware.tcti} serves one program at a time, and a new certificate wants TLS and a signature of the TPM at once: put a resource manager before it (device:/dev/tpmrm0, or tabrmd).`,
		);
	}
	const child = startChild<RequestProtocol>({
		program: new URL('./request-child.ts', import.meta.url),
		onLine: passLine,
	});
	try {
		return await child.ask({ folder, request }, PATIENCE);
	} catch (error) {
		if (!(error instanceof ChildLost)) throw error;
		throw new Problem('internal', `Asking for a certificate failed: ${error.message}.`);
	} finally {
		await child.end(END_GRACE);
	}
};

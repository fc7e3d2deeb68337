import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorCodes, minutes, Problem } from '@keyward/core';
import { takesSeveral } from '@keyward/custody/tpm2';
import { passErrors } from '../tls/child-errors.ts';
import type { Identity } from '../identity/identity.ts';
import { type EnrolmentResult, type EnrolmentRequest, runRequest } from './enrolment-request.ts';

/** What the child of an enrolment request is told, and what it answers. */
export interface RequestOrder {
	readonly folder: string;
	readonly request: EnrolmentRequest;
}
export type RequestAnswer = { readonly result: EnrolmentResult } | { readonly code: string; readonly detail: string };

/** Longer than all the patience in it together: a slow TPM and a slow site. */
const PATIENCE = minutes(5);

/**
 * Runs the request; with a key in hardware in a process of its own, because OpenSSL's engine loads once in the life of one.
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
	const child = fork(fileURLToPath(new URL('request-child.ts', import.meta.url)), {
		serialization: 'advanced',
		execArgv: [],
		stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
		timeout: PATIENCE,
		killSignal: 'SIGKILL',
	});
	passErrors(child);
	let answer: RequestAnswer | null = null;
	child.on('message', (message: RequestAnswer) => {
		answer = message;
	});
	child.send({ folder, request } satisfies RequestOrder, () => {});
	const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
	const said = answer as RequestAnswer | null;
	if (said !== null && 'result' in said) return said.result;
	if (said === null)
		throw new Problem('internal', `The process that asks for a certificate ended (${signal ?? code}).`);
	const known = errorCodes.find((name): name is ErrorCode => name === said.code);
	throw new Problem(known ?? 'internal', said.detail);
};

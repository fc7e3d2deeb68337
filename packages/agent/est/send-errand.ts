import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorCodes, minutes, Problem } from '@keyward/core';
import { takesSeveral } from '@keyward/custody/tpm2';
import { passErrors } from '../child-errors.ts';
import type { Identity } from '../identity.ts';
import { type Brought, type Errand, runErrand } from './errand.ts';

/** What the child of an errand is told, and what it answers. */
export interface ErrandOrder {
	readonly folder: string;
	readonly errand: Errand;
}
export type ErrandAnswer = { readonly brought: Brought } | { readonly code: string; readonly detail: string };

/** Longer than all the patience in it together: a slow TPM and a slow site. */
const PATIENCE = minutes(5);

/**
 * Runs the errand; with a key in hardware in a process of its own, because OpenSSL's engine loads once in the life of one.
 * Throws as {@link runErrand} does, and `Problem('tpm-unreachable')` for a way to the TPM that serves one program at a time.
 */
export const sendErrand = async (identity: Identity, errand: Errand): Promise<Brought> => {
	const { hardware, folder } = identity;
	if (hardware === undefined) return runErrand(identity, errand);
	if (hardware.custody === 'tpm2' && !takesSeveral(hardware.tcti)) {
		throw new Problem(
			'tpm-unreachable',
			`${hardware.tcti} serves one program at a time, and a new certificate wants TLS and a signature of the TPM at once: put a resource manager before it (device:/dev/tpmrm0, or tabrmd).`,
		);
	}
	const child = fork(fileURLToPath(new URL('errand-child.ts', import.meta.url)), {
		serialization: 'advanced',
		execArgv: [],
		stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
		timeout: PATIENCE,
		killSignal: 'SIGKILL',
	});
	passErrors(child);
	let answer: ErrandAnswer | null = null;
	child.on('message', (message: ErrandAnswer) => {
		answer = message;
	});
	child.send({ folder, errand } satisfies ErrandOrder, () => {});
	const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
	const said = answer as ErrandAnswer | null;
	if (said !== null && 'brought' in said) return said.brought;
	if (said === null)
		throw new Problem('internal', `The process that asks for a certificate ended (${signal ?? code}).`);
	const known = errorCodes.find((name): name is ErrorCode => name === said.code);
	throw new Problem(known ?? 'internal', said.detail);
};

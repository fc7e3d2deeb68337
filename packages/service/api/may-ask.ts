import { Problem } from '@keyward/core';
import type { FastifyRequest } from 'fastify';
import type { Operation } from './operation.ts';
import type { Caller } from './rpc.ts';

/**
 * Refuses callers that an operation does not name, before their input is read.
 *
 * Deny by default (IEC 62443-4-2 CR 2.1): an operation without callers is refused to everybody. Whether this one caller
 * may do this one thing is decided behind the door.
 */
export const mayAsk =
	({ callers, name }: Operation, callerOf: (request: FastifyRequest) => Caller) =>
	async (request: FastifyRequest): Promise<void> => {
		const { kind } = callerOf(request);
		if (callers.includes(kind)) return;
		throw kind === 'anonymous'
			? new Problem('not-authenticated', 'Connect with the certificate of a device or reader of this site.')
			: new Problem('not-granted', `${name} is not for this caller: ${callers.join(', ') || 'nobody'} may ask it.`);
	};

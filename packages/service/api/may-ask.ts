import { Problem } from '@keyward/core';
import type { Caller, OperationRule } from '@keyward/core/authorize';
import { judgeKind } from '@keyward/core/authorize/judge-kind';
import type { FastifyRequest } from 'fastify';

/**
 * The listener's look: refuses callers of a kind that the operation does not name, before a byte of their input is read (CR 7.1).
 * It only spares work; `authorize` decides where the operation is dispatched (CR 2.1).
 */
export const mayAsk =
	(operation: OperationRule | null, callerOf: (request: FastifyRequest) => Caller) =>
	async (request: FastifyRequest): Promise<void> => {
		const refusal = judgeKind(callerOf(request), operation);
		if (refusal !== null) throw new Problem(refusal.code, refusal.reason);
	};

import { Problem } from '@keyward/core';
import type { Caller } from '@keyward/core/authorize';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiRpc } from './api-rpc.ts';
import { idempotencyKeyIn } from '../http/idempotency-key.ts';
import { mayAsk } from './may-ask.ts';
import { noSuchAddress } from '../http/no-such-address.ts';
import type { OperationEntries, OperationEntry } from './operation-entry.ts';
import { faultInWords } from '../http/schema-fault.ts';

interface OperationRoute {
	Params: { readonly name: string };
}

/** `POST /v1/operations/{name}`: one address for all of them, since fastify prepares each address at each start of a listener. */
export const operationRoute = (
	app: FastifyInstance,
	rpc: ApiRpc,
	operations: OperationEntries,
	callerOf: (request: FastifyRequest) => Caller,
): void => {
	const asked = ({ params: { name } }: FastifyRequest<OperationRoute>): OperationEntry => {
		const operation = operations.get(name);
		if (operation === undefined) throw noSuchAddress;
		return operation;
	};
	app.route<OperationRoute>({
		method: 'POST',
		url: '/v1/operations/:name',
		onRequest: async (request) => mayAsk(asked(request), callerOf)(request),
		// CR 3.5: what has another form than the contract gives it goes no further.
		preHandler: async (request) => {
			const judge = request.compileValidationSchema(asked(request).input, 'body');
			if (!judge(request.body ?? null))
				throw new Problem('request-malformed', `${faultInWords(judge.errors?.[0], 'body')}.`);
		},
		handler: async (request) => {
			const { name, isSafe } = asked(request);
			const key = isSafe ? undefined : idempotencyKeyIn(request.headers['idempotency-key']);
			// The schema that judged the body compiles only where it says the same as the type.
			return rpc.call(name, request.body as never, callerOf(request), key);
		},
	});
};

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '@keyward/core/authorize';
import type { Quota } from '../http/quota.ts';
import type { ApiRpc } from './api-rpc.ts';
import { mayAsk } from './may-ask.ts';
import type { OperationEntries } from './operation-entry.ts';
import { sendArtefact } from './send-artefact.ts';

/** What a device or reader says that it pinned. */
const PINNED = 'keyward-owner';

/** `GET /v1/owner/metadata/…` and `/v1/owner/targets/…`: the owner's repository as clients of TUF ask for it. */
export const ownerRoute = (
	app: FastifyInstance,
	rpc: ApiRpc,
	operations: OperationEntries,
	callerOf: (request: FastifyRequest) => Caller,
	artefacts: { readonly folder: string; readonly downloads: Quota },
): void => {
	app.get<{ Params: { '*': string } }>(
		'/v1/owner/*',
		{ onRequest: mayAsk(operations.get('owner.file') ?? null, callerOf) },
		async (request, reply) => {
			// A role's name is encoded within its file's name (`rosters%2Fhall`), and stays so.
			const path = (request.raw.url ?? '').split('?')[0]?.slice('/v1/owner/'.length) ?? '';
			const pinned = request.headers[PINNED];
			const input = {
				path: path.slice(0, 300),
				...(typeof pinned === 'string' && /^[0-9a-f]{64}$/.test(pinned) && { pinned }),
			};
			const caller = callerOf(request);
			const { text, artefact } = await rpc.call('owner.file', input, caller);
			if (artefact !== null) return sendArtefact(request, reply, caller, artefact, artefacts);
			// RFC 9110 §15.5.5, said to devices too: TUF 1.0.31 §5.3.3 learns from it that there is no newer root.
			if (text === null)
				return reply.code(404).send({ code: 'no-such-thing', detail: 'The repository has no such file.' });
			return reply.type('application/octet-stream').send(Buffer.from(text));
		},
	);
};

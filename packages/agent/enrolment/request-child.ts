import { Problem } from '@keyward/core';
import { openIdentity } from '../identity/identity.ts';
import { runRequest } from './enrolment-request.ts';
import type { RequestAnswer, RequestOrder } from './send-request.ts';

// The process of one enrolment request: started by send-request.ts, spoken to over its IPC channel, ends after its answer.

const answer = async ({ folder, request }: RequestOrder): Promise<RequestAnswer> => {
	try {
		return { result: await runRequest(await openIdentity(folder), request) };
	} catch (error) {
		return error instanceof Problem
			? { code: error.code, detail: error.detail }
			: { code: 'internal', detail: String(error) };
	}
};

process.once('message', (order: RequestOrder) => {
	void answer(order).then((message) => process.send?.(message, () => process.exit(0)));
});
process.on('disconnect', () => process.exit(0));
// What is asked for is worth waiting for: Ctrl-C reaches both processes, and the one that asks decides.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

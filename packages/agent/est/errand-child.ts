import { Problem } from '@keyward/core';
import { openIdentity } from '../identity.ts';
import { runErrand } from './errand.ts';
import type { ErrandAnswer, ErrandOrder } from './send-errand.ts';

// The process of one errand: started by send-errand.ts, spoken to over its IPC channel, ends after its answer.

const answer = async ({ folder, errand }: ErrandOrder): Promise<ErrandAnswer> => {
	try {
		return { brought: await runErrand(await openIdentity(folder), errand) };
	} catch (error) {
		return error instanceof Problem
			? { code: error.code, detail: error.detail }
			: { code: 'internal', detail: String(error) };
	}
};

process.once('message', (order: ErrandOrder) => {
	void answer(order).then((message) => process.send?.(message, () => process.exit(0)));
});
process.on('disconnect', () => process.exit(0));
// What is asked for is worth waiting for: Ctrl-C reaches both processes, and the one that asks decides.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

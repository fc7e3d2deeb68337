import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCuts } from './cuts.ts';

test('a change of rights that only narrows a subscription waits until its worker acts on it', async () => {
	const steps: string[] = [];
	const told = Promise.withResolvers<void>();
	let narrowed = 0;
	const cuts = createCuts(
		{
			cutThen: async (_principal, _refusal, record) => ({ recorded: await record(), cut: 0 }),
			rejudge: async () => 0,
			heard: async () => {
				await told.promise;
				steps.push('the worker acted on it');
			},
		},
		{ rejudge: () => ({ cut: 0, narrowed }), judgeFollowers: () => {} },
		{ settled: async () => 0 },
		() => assert.fail('nobody was cut'),
	);
	const end = async (what: string): Promise<void> => {
		await cuts.after(async () => what);
		steps.push(what);
	};
	await end('nobody reads less');
	narrowed = 1;
	const ended = end('somebody reads less');
	await new Promise((resolve) => setImmediate(resolve));
	told.resolve();
	await ended;
	assert.deepEqual(steps, ['nobody reads less', 'the worker acted on it', 'somebody reads less']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamSummary } from '@keyward/contract';
import { writeCursor } from '@keyward/contract/cursor';
import { Problem } from '@keyward/core';
import { type Page, pages } from './pages.ts';

const wanted = [{ application: 'hall', device: '+', stream: 'air' }] as const;
const name = { application: 'hall', device: 'p-1', stream: 'air' } as const;
const cursor = writeCursor('0123456789', 1);

/** A service whose device sends when it has been asked for streams so often. */
const serviceOf = (sends: number) => {
	let asked = 0;
	return (async (operation: string) => {
		if (operation === 'readings.read') return { readings: [{ cursor, time: 1, value: 2, unit: 'Cel' }], next: cursor };
		return ++asked < sends ? [] : [{ ...name, cursor, unit: 'Cel', last: 1 } as unknown as StreamSummary];
	}) as Parameters<typeof pages>[0]['call'];
};

test('a name with + waits for the first device when followed, and says so; else it is refused in words', async () => {
	const stop = new AbortController();
	const waited: string[] = [];
	const met: Page[] = [];
	const { signal } = stop;
	const followed = pages({ call: serviceOf(2) }, wanted, {
		...{ after: () => '0', follow: true, signal, onNothing: ({ stream }) => waited.push(stream) },
	});
	for await (const page of followed) {
		met.push(page);
		stop.abort();
	}
	assert.deepEqual([waited, met.map(({ name: one }) => one.device)], [['air'], ['p-1']]);
	await assert.rejects(
		pages({ call: serviceOf(2) }, wanted, { after: () => '0' }).next(),
		(error) => error instanceof Problem && error.code === 'not-granted' && /no device has sent/.test(error.detail),
	);
});

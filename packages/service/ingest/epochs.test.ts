import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sequenceIdentity } from '@keyward/core/observe';
import { findEpochs } from './epochs.ts';
import type { LiveStream } from './streams.ts';

test('epochs of one number are found for each of the streams that have one', async () => {
	const streams = [1, 2].map((id) => ({ id, epochs: new Set<number>() }) as LiveStream);
	const records = streams.map((stream) => ({ stream, identity: sequenceIdentity(1, 5) }));
	const row = { payload: new Uint8Array() } as never;
	await findEpochs({ find: async (asked) => asked.map(() => row) }, records);
	assert.deepEqual(
		streams.map(({ epochs }) => [...epochs]),
		[[1], [1]],
	);
});

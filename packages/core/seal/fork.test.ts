import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SealCheckpoint, signSealCheckpoint } from './checkpoint.ts';
import { isFork } from './fork.ts';
import { testStream } from './seal.fixture.ts';

test('two things signed under one number are a fork; the same thing signed twice, and what is not signed, are not', async () => {
	const { signer } = testStream();
	const checkpoint: SealCheckpoint = {
		...{ epoch: 3, epochHash: new Uint8Array(32), first: 1, sequence: 5, digest: new Uint8Array(32), previous: null },
		...{ boot: new Uint8Array(8), uptime: 60, time: null },
	};
	const sign = (more: Partial<SealCheckpoint> = {}) => signSealCheckpoint({ ...checkpoint, ...more }, signer);
	const first = await sign();
	const again = await sign();
	assert.notDeepEqual(first, again, 'ECDSA signs differently each time');
	assert.equal(isFork(first, again), false);
	assert.equal(isFork(first, await sign({ digest: new Uint8Array(32).fill(1) })), true);
	assert.equal(isFork(first, await sign({ sequence: 6 })), false, 'another number');
	assert.equal(isFork(first, Uint8Array.of(1, 2, 3)), false);
});

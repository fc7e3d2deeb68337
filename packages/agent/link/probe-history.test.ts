import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { hours } from '@keyward/core';
import { claimProbe } from './probe-history.ts';

test('a device that is started, connected or re-keyed again and again tries the service no more often', async () => {
	const folder = temporaryFolder('keyward-probe-');
	const every = hours(12);
	const now = Date.UTC(2026, 10, 27);
	assert.equal(await claimProbe(folder, every, now), 0);
	// What was allowed counts, also where the link ended before all was answered.
	assert.equal(await claimProbe(folder, every, now), hours(12));
	assert.equal(await claimProbe(folder, every, now + hours(2)), hours(10));
	assert.equal(await claimProbe(folder, every, now + hours(13)), 0);
	assert.equal(await claimProbe(folder, every, now + hours(14)), hours(11));
	assert.equal(await claimProbe(folder, every, now - hours(1)), 0);
});

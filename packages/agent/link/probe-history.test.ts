import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hours, seconds } from '@keyward/core';
import { noteProbe, probeAfterLast } from './probe-history.ts';

test('a device that is started again and again tries the service no more often', async (t) => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-probe-'));
	t.after(() => rm(folder, { recursive: true }));
	const probe = { first: seconds(60), every: hours(12) };
	const now = Date.UTC(2026, 10, 27);
	assert.deepEqual(await probeAfterLast(folder, probe, now), probe);
	await noteProbe(folder, now);
	assert.deepEqual(await probeAfterLast(folder, probe, now + hours(2)), { ...probe, first: hours(10) });
	assert.deepEqual(await probeAfterLast(folder, probe, now + hours(13)), probe);
	assert.deepEqual(await probeAfterLast(folder, probe, now - hours(1)), probe);
	assert.equal(await probeAfterLast(folder, null, now), null);
});

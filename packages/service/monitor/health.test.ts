import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCommitTimes } from '../ingest/commit-times.ts';
import { createLimits } from '../ingest/limits.ts';
import { createHealth, type HealthSigns } from './health.ts';

const open = (more: Partial<HealthSigns> = {}) => {
	const commits = createCommitTimes(() => Date.UTC(2026, 10, 22));
	const limits = createLimits(null);
	const health = createHealth({
		...{ data: tmpdir(), commits, limits, listeners: () => [], declared: () => [1], lost: () => 0 },
		...more,
	});
	return { commits, limits, reasons: async () => (await health()).reasons };
};

test('a store that fails is told with the time since when, until it takes a commit again', async () => {
	const { commits, reasons } = open();
	assert.deepEqual(await reasons(), []);
	commits.failed();
	commits.failed();
	assert.match((await reasons())[0] ?? '', /^the store has taken no reading since 2026-11-22T00:00:00\.000Z/);
	commits.took(1);
	assert.deepEqual(await reasons(), []);
	assert.deepEqual(commits.counts(), { durable: 1, failed: 2 });
});

test('a full disk, a lost worker, a folder that is gone, and a site that does not listen yet are reasons too', async () => {
	const full = open();
	full.limits.diskShort = true;
	assert.match((await full.reasons())[0] ?? '', /nearly full, so readings are refused: \d+ MiB are free/);
	assert.match((await open({ lost: () => 1 }).reasons())[0] ?? '', /a worker was lost/);
	assert.match((await open({ declared: () => [] }).reasons())[0] ?? '', /does not listen yet/);
	const gone = open({ data: join(tmpdir(), 'keyward-nothing-here') });
	assert.deepEqual(await gone.reasons(), ['the data folder cannot be looked at']);
});

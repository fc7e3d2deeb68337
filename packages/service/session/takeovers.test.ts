import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutes } from '@keyward/core';
import { createCounters } from '../log/counters.ts';
import { createLog } from '../log/log.ts';
import { createTakeovers } from './takeovers.ts';

test('who takes itself over without end fills no log, and keeps nobody else out of it', () => {
	let now = 1_795_000_000_000;
	const lines: string[] = [];
	const counters = createCounters();
	const log = createLog(
		'info',
		(line) => lines.push(line),
		() => now,
	);
	const takeovers = createTakeovers(counters, log, { now: () => now });
	const device = (id: string) => ({ kind: 'device', application: 'hall', id }) as const;
	for (let times = 0; times < 1000; times++) {
		now += 10;
		takeovers.add(device('loud'));
	}
	takeovers.add(device('other'));
	assert.deepEqual(
		lines.map((line) => (JSON.parse(line) as { id: string }).id),
		['loud', 'loud', 'loud', 'other'],
	);
	assert.equal(counters.all()['taken-over'], 1001);
	assert.deepEqual(
		takeovers.repeated().map(({ principal }) => principal.id),
		['loud'],
	);
	now += minutes(1);
	takeovers.add(device('loud'));
	assert.equal(lines.length, 5);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours, type Instant, minutes, Problem } from '@keyward/core';
import { usualPersonTerms } from '@keyward/core/authorize';
import { openMemoryStore } from '@keyward/store/memory';
import { digestOf, openApprovals } from './approvals.ts';
import { openPersonSessions } from './sessions.ts';

const start: Instant = 3_600_000_000;
const anna = { person: 'anna', step: 'passkey-hardware' as const, from: 'local', browser: null, credential: 'AQID' };

test('a session outlives a restart, locked no later than without one; an ended one stays ended', async () => {
	const store = openMemoryStore();
	let now: Instant = start;
	const begin = () => openPersonSessions(store, { now: () => now }, usualPersonTerms);
	const first = await begin();
	await first.open('kept', anna);
	await first.open('ended', anna);
	await first.open('left', anna);
	now += minutes(9);
	await first.touch('kept');
	now += 30_000;
	await first.touch('kept');
	assert.equal(await first.end(2), true);
	assert.equal(await first.leave('left'), true);

	const second = await begin();
	assert.deepEqual(
		second.list().map(({ number, person, step }) => [number, person, step]),
		[[1, 'anna', 'passkey-hardware']],
	);
	assert.deepEqual([second.state('ended'), second.state('left')], ['ended', 'ended']);
	now = start + minutes(19) - 1;
	assert.equal(second.state('kept'), 'open');
	now = start + minutes(19);
	assert.equal(second.state('kept'), 'locked', 'by the stored time, half a minute before the last call');
	now = start + hours(8);
	assert.equal(second.state('kept'), 'ended');
	await second.open('next', anna);
	assert.deepEqual(
		(await begin()).list().map(({ number }) => number),
		[4],
		'what is over is forgotten, and no number comes again',
	);
});

test('eight sessions of one person, the oldest gives way, after a restart too', async () => {
	const store = openMemoryStore();
	const begin = () => openPersonSessions(store, { now: () => start }, usualPersonTerms);
	const first = await begin();
	for (let number = 1; number <= 8; number++) await first.open(`s${number}`, anna);
	const second = await begin();
	await second.open('s9', anna);
	assert.equal(second.state('s1'), 'ended');
	assert.equal((await begin()).list().length, 8);
});

test('an approval asked before a restart is given after it, and used once, whatever restarts then', async () => {
	const store = openMemoryStore();
	let now: Instant = start;
	const begin = () => openApprovals(store, { now: () => now });
	const digest = digestOf('policy.apply', { text: 'x' });
	const call = { operation: 'policy.apply', asks: 'person anna', digest, input: '{}' };
	const number = await (await begin()).request(call);
	const second = await begin();
	assert.equal(await second.request(call), number);
	assert.equal(await second.spend('person anna', digest), false, 'nobody approved it');
	await assert.rejects(second.decide(number, 'person anna', true), (error) => error instanceof Problem);
	await second.decide(number, 'person ben', true);
	const third = await begin();
	assert.equal(third.approvedBy('person anna', digest), 'person ben');
	assert.deepEqual(
		await Promise.all([third.spend('person anna', digest), third.spend('person anna', digest)]),
		[true, false],
		'two calls at once',
	);
	const fourth = await begin();
	assert.equal(fourth.approvedBy('person anna', digest), null);
	const again = await fourth.request(call);
	assert.ok(again > number);
	await fourth.decide(again, 'person ben', true);
	await fourth.forgetOf('person ben');
	assert.deepEqual((await begin()).list(), [], 'who approved it is no longer who they were');
	await fourth.override('operator root', minutes(15), 'alone');
	assert.equal((await begin()).overridden('operator root'), true);
	now += minutes(15);
	assert.equal((await begin()).overridden('operator root'), false);
});

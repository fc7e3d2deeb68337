import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { days, hours } from '@keyward/core';
import { openOwnerTime } from './owner-time.ts';

const issued = Date.parse('2026-11-27T08:00:00Z');

test('time goes on from what the owner dated, also after restarts, whatever the service says', async () => {
	const folder = temporaryFolder('keyward-time-');
	const identity = { folder, owner: 'a'.repeat(64) };
	let [tick, service] = [5000, issued];
	const open = () =>
		openOwnerTime(
			identity,
			() => tick,
			() => service,
		);
	const first = await open();
	assert.equal(first.now(), issued);
	await first.took(issued);
	// The service sets the clock back; what has passed has passed.
	service = issued - days(300);
	tick += days(2);
	assert.equal(first.now(), issued + days(2));
	await first.keep();
	tick = 0;
	const again = await open();
	assert.equal(again.now(), issued + days(2));
	// An older roster takes nothing back, a newer one goes on from its own date.
	await again.took(issued);
	assert.equal(again.now(), issued + days(2));
	await again.took(issued + days(3));
	tick += hours(5);
	assert.equal(again.now(), issued + days(3) + hours(5));
	// A clock far ahead counts while it is said, and leaves nothing.
	service = issued + days(9000);
	assert.equal(again.now(), service);
	await again.keep();
	service = issued;
	assert.equal((await open()).now(), issued + days(3) + hours(5));

	writeFileSync(join(folder, 'owner-time.json'), '{');
	assert.equal((await open()).now(), issued);
	// A disk that takes nothing more, here a folder that is gone: the time goes on in memory.
	const unkept = await openOwnerTime(
		{ ...identity, folder: join(folder, 'gone') },
		() => tick,
		() => service,
	);
	await unkept.took(issued + days(1));
	await unkept.keep();
	assert.equal(unkept.now(), issued + days(1));
	const without = await openOwnerTime(
		{ folder },
		() => tick,
		() => service,
	);
	await without.took(issued + days(1));
	assert.equal(without.now(), issued);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startExpiry } from './expiry.ts';

test('a start that took long is no late look: until the service listens nobody holds a right open', (t) => {
	const expiry = startExpiry(() => {});
	t.after(() => expiry.stop());
	// The thread is held up, as by a store that is read.
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
	const starting = expiry.longest();
	assert.ok(starting >= 600);
	expiry.listening();
	assert.ok(expiry.longest() < starting);
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
	assert.ok(expiry.longest() >= 300, 'what is late after it counts');
	expiry.took(5000);
	assert.equal(expiry.longest(), 5000);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfter } from './failure.ts';
import { strictTransport } from './strict-transport.ts';

test('a name is come to by TLS from then on; what others share, and an address, is not', () => {
	for (const host of ['plant.example', 'plant.example:8443', 'PLANT'])
		assert.equal(strictTransport(host), 'max-age=31536000', host);
	for (const host of [undefined, 'localhost:8443', 'a.localhost', '127.0.0.1:8443', '[::1]:8443'])
		assert.equal(strictTransport(host), null, host);
});

test('what time mends says when: a full service, and too many sign-ins', () => {
	assert.deepEqual((['service-busy', 'sign-in-too-often', 'not-granted'] as const).map(retryAfter), [1, 60, null]);
});

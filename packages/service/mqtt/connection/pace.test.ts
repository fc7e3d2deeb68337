import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { limits, newConnection } from './connection.ts';
import { isFull, pace, refill } from './pace.ts';

test('a connection that sent its bytes of a second is not read until the next, and saves up no more than a burst', (t) => {
	const socket = new TLSSocket(new PassThrough());
	t.after(() => socket.destroy());
	const proved = { fingerprint: 'ab', hello: 'cd' };
	const connection = newConnection(socket, socket, 'any', proved, { busy: 0, resume: () => {} }, 0);
	pace(connection);
	assert.ok(!isFull(connection) && !connection.paused);
	connection.allowance -= limits.bytesAtOnce + limits.maximumPacketSize;
	pace(connection);
	assert.ok(isFull(connection) && connection.paused && socket.isPaused());
	refill(connection);
	assert.ok(!isFull(connection) && !connection.paused && !socket.isPaused());
	for (let second = 0; second < 10; second++) refill(connection);
	assert.equal(connection.allowance, limits.bytesAtOnce);
});

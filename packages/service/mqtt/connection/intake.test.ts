import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import { type Connection, limits, newConnection } from './connection.ts';
import { createIntake } from './intake.ts';

const open = (t: TestContext) => {
	const socket = new TLSSocket(new PassThrough());
	t.after(() => socket.destroy());
	const below = { bytesRead: 3000 };
	const taken: Buffer[] = [];
	const intake = createIntake(
		(_connection, packet) => void taken.push(packet),
		() => assert.fail('nothing is refused here'),
		() => assert.fail('nothing is over here'),
		() => 0,
	);
	const load = { busy: 0, resume: intake.line };
	const connection: Connection = newConnection(socket, below, 'any', { fingerprint: 'ab', hello: 'cd' }, load, 0);
	return {
		...{ socket, connection, taken },
		/** A record with these contents, and its 22 bytes more. */
		record: (content: Buffer): void => {
			below.bytesRead += content.length + 22;
			intake.push(connection, content);
		},
	};
};

const pingreq = Buffer.of(0xc0, 0);
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('a connection pays for its records beside what is in them', (t) => {
	const { connection, taken, record } = open(t);
	record(Buffer.concat(Array.from({ length: 100 }, () => pingreq)));
	const whole = limits.bytesAtOnce - connection.allowance;
	record(pingreq);
	assert.equal(taken.length, 101);
	// A packet counts as 16 bytes at least.
	assert.deepEqual([whole, limits.bytesAtOnce - connection.allowance - whole], [1600 + 88, 16 + 88]);
});

test('short records in a row are taken in turns, as packets are; longer ones as they come', async (t) => {
	const { connection, socket, taken, record } = open(t);
	for (let count = 0; count < 200; count++) record(Buffer.concat(Array.from({ length: 40 }, () => pingreq)));
	assert.deepEqual([taken.length, socket.isPaused()], [8000, false]);
	for (let count = 0; count < 127; count++) record(pingreq);
	assert.deepEqual([taken.length, connection.lined], [8127, false]);
	record(pingreq);
	assert.deepEqual([taken.length, connection.lined, socket.isPaused()], [8127, true, true]);
	await turn();
	assert.deepEqual([taken.length, connection.lined, socket.isPaused()], [8128, false, false]);
});

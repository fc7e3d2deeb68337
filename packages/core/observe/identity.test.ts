import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isSequenced, readIdentity, sequenceIdentity, timeIdentity } from './identity.ts';

const epoch = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const sequence = fc.integer({ min: 0, max: 2 ** 20 - 1 });

test('an identity reads as it was made, and every one is a safe integer', () =>
	fc.assert(
		fc.property(epoch, sequence, (epoch, sequence) => {
			const identity = sequenceIdentity(epoch, sequence);
			assert(Number.isSafeInteger(identity) && isSequenced(identity));
			assert.deepEqual(readIdentity(identity), { epoch, sequence });
		}),
	));

test('it rises with epoch, then with sequence, and stands above every time', () =>
	fc.assert(
		fc.property(epoch, sequence, epoch, sequence, (e1, s1, e2, s2) => {
			const order = Math.sign(e1 - e2) || Math.sign(s1 - s2);
			assert.equal(Math.sign(sequenceIdentity(e1, s1) - sequenceIdentity(e2, s2)), order);
			assert(sequenceIdentity(e1, s1) > timeIdentity(2 ** 52 - 1));
		}),
	));

test('a time is its own identity', () => {
	for (const time of [-5, 0, 1_790_000_000_123, 2 ** 52 - 1]) {
		assert.deepEqual(readIdentity(timeIdentity(time)), { time });
	}
	for (const time of [0.5, Number.NaN, 2 ** 52]) assert.throws(() => timeIdentity(time));
	const places = [
		[-1, 0],
		[2 ** 32, 0],
		[0, 2 ** 20],
		[0, -1],
		[1.5, 0],
	] as const;
	for (const [epoch, sequence] of places) assert.throws(() => sequenceIdentity(epoch, sequence));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Problem } from '../problem/problem.ts';
import { clockError, compareClock } from './clock-error.ts';
import { extensionField, fieldType } from './extension-field.ts';
import { NTP_HEADER, ntpReply, ntpRequest, readNtpReply } from './ntp-message.ts';
import { ntsRecordsAnswered, ntsRecordsAsked, readNtsRecords } from './nts-key-exchange.ts';
import { authenticated, ntsRequest, requireNtsReply } from './nts-message.ts';

const mark = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const unique = new Uint8Array(32).fill(9);
const nonce = new Uint8Array(16).fill(3);
const [toServer, toClient] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const now = Date.parse('2026-11-27T12:00:00Z');

const refused = (act: () => unknown, words: RegExp): void =>
	assert.throws(act, (error) => error instanceof Problem && error.code === 'time-refused' && words.test(error.detail));

test('a server’s time is read, also after the count begins again in 2036', () => {
	for (const at of [now, Date.parse('2036-02-07T06:28:20Z'), Date.parse('2071-01-01T00:00:00Z')]) {
		const { received, sent, distance } = readNtpReply(ntpReply(ntpRequest(mark), at, at + 2, 30), mark, at + 60_000);
		assert.ok(Math.abs(received - at) < 0.01 && Math.abs(sent - at - 2) < 0.01, new Date(at).toISOString());
		assert.ok(Math.abs(distance - 30) < 0.1);
	}
});

test('what is no answer to the question, or no time, is refused', () => {
	const reply = ntpReply(ntpRequest(mark), now, now, 1);
	const changed = (at: number, byte: number): Uint8Array => reply.map((had, index) => (index === at ? byte : had));
	refused(() => readNtpReply(reply.subarray(0, 47), mark, now), /47 bytes/);
	refused(() => readNtpReply(reply, mark.toReversed(), now), /another request/);
	refused(() => readNtpReply(changed(0, 0x23), mark, now), /mode 3/);
	refused(() => readNtpReply(changed(0, 0xe4), mark, now), /not synchronised/);
	refused(() => readNtpReply(changed(1, 16), mark, now), /not synchronised/);
	refused(
		() =>
			readNtpReply(
				Uint8Array.from([...changed(1, 0).subarray(0, 12), ...Buffer.from('NTSN'), ...reply.subarray(16)]),
				mark,
				now,
			),
		/NTSN/,
	);
});

test('only an answer that the server made for this request is taken', () => {
	const request = ntsRequest(ntpRequest(mark), new Uint8Array(64), toServer, { unique, nonce });
	const header = ntpReply(request, now, now, 1);
	const answer = authenticated(toClient, header, [extensionField(fieldType.unique, unique)], nonce);
	assert.deepEqual(requireNtsReply(answer, unique, toClient), header);
	refused(() => requireNtsReply(header, unique, toClient), /not authenticated/);
	refused(
		() =>
			requireNtsReply(
				answer,
				unique.map(() => 8),
				toClient,
			),
		/another request/,
	);
	refused(() => requireNtsReply(answer, unique, toServer), /without the key/);
	// Not a bit of it can be another.
	for (let at = 0; at < answer.length; at++) {
		const changed = answer.map((byte, index) => (index === at ? byte ^ 1 : byte));
		// The last bytes fill a field up, and say nothing.
		assert.throws(() => requireNtsReply(changed, unique, toClient), Problem, `byte ${at}`);
	}
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
			assert.throws(() => requireNtsReply(bytes, unique, toClient), Problem);
			assert.throws(() => requireNtsReply(new Uint8Array([...header, ...bytes]), unique, toClient), Problem);
		}),
	);
});

test('a key exchange is read to its end, and what cannot be spoken is refused', () => {
	const answer = ntsRecordsAnswered(Uint8Array.of(5, 6), 4123);
	for (let length = 0; length < answer.length; length++) assert.equal(readNtsRecords(answer.subarray(0, length)), null);
	assert.deepEqual(readNtsRecords(answer), { cookie: Uint8Array.of(5, 6), server: null, port: 4123 });
	refused(() => readNtsRecords(ntsRecordsAsked()), /no cookie/);
	refused(() => readNtsRecords(Uint8Array.of(0x80, 2, 0, 2, 0, 1)), /error 1/);
	refused(() => readNtsRecords(Uint8Array.of(0x80, 99, 0, 0)), /type 99/);
	refused(() => readNtsRecords(Uint8Array.of(0x80, 0, 0, 0)), /no NTPv4/);
	refused(() => readNtsRecords(Uint8Array.of(0, 6, 0, 1, 0x0a)), /invalid name/);
	assert.equal(NTP_HEADER, 48);
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
			try {
				readNtsRecords(bytes);
			} catch (error) {
				assert.ok(error instanceof Problem);
			}
		}),
	);
});

test('the true offset is within what is said of it, whatever the way there and back takes', () => {
	const span = fc.integer({ min: 0, max: 3000 });
	fc.assert(
		fc.property(fc.integer({ min: -1e7, max: 1e7 }), span, span, span, (offset, there, stay, back) => {
			const received = now + offset + there;
			const reading = compareClock({ received, sent: received + stay, distance: 5 }, now, there + stay + back, 1000);
			assert.ok(Math.abs(reading.offset - offset) <= reading.unsure);
			const true_ = clockError(reading, reading.at, 1000);
			assert.ok(true_ >= Math.abs(offset) && true_ <= Math.abs(offset) + there + back + 10);
		}),
	);
});

test('what a clock is out by grows with time, and by what somebody sets it', () => {
	const reading = { offset: 0, unsure: 5, at: now, ticks: 0 };
	assert.equal(clockError(reading, now, 0), 5);
	assert.equal(clockError(reading, now + 1_000_000, 1_000_000), 105);
	// Set ahead by an hour, and back by one; set right again.
	assert.equal(clockError(reading, now + 3_600_000, 0), 3_600_005);
	assert.equal(clockError(reading, now - 3_600_000, 0), 3_600_005);
	assert.equal(clockError({ ...reading, offset: 3_600_000 }, now + 3_600_000, 0), 5);
});

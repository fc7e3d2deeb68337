import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicy } from '../policy/read-policy.ts';
import type { Policy, StreamTerms } from '../policy/policy.ts';
import { seconds } from '../units/milliseconds.ts';
import { defaultClockTolerance } from '../units/clock-tolerance.ts';
import { judgeIdentity, judgeRecord } from './admission.ts';
import { encodeRecord } from './record.ts';
import type { ResolvedRecord } from './senml.ts';

const policyAt = (integrity: number, confidentiality = 2): Policy =>
	parsePolicy(`
application: hall
level: { authenticity: 1, authorization: 1, integrity: ${integrity}, confidentiality: ${confidentiality}, adaptability: 1, resistance: 1 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk], range: [0, 10] }
  state: { unit: /, every: 10s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [dose-rate, state] }
`);

const lax = policyAt(1);
const terms = (name: string, policy = lax): StreamTerms => {
	const found = policy.streams.get(name);
	assert(found !== undefined);
	return found;
};

const now = 1_795_000_000_000;
const good: ResolvedRecord = { name: 'probe-1/dose-rate', unit: 'Sv/h', time: now, value: 1e-7, extra: false };

const judged = (change: Partial<ResolvedRecord>, policy = lax, stream = 'dose-rate'): string | null => {
	const refusal = judgeRecord({ ...good, ...change }, 'probe-1', terms(stream, policy), policy.parameters, now);
	return refusal === null ? null : `${refusal.code} (${refusal.requirement})`;
};

test('a good reading is admitted', () => {
	assert.equal(judged({}), null);
});

test('the name is device/stream, and nothing near it', () => {
	const others = [
		'',
		'dose-rate',
		'probe-1',
		'probe-1/state',
		'probe-2/dose-rate',
		'probe-1/dose-rate/',
		'/probe-1/dose-rate',
	];
	for (const name of [...others, 'probe-1.dose-rate', 'PROBE-1/dose-rate', 'probe-1/dose-ratE', 'probe-1//dose-rat']) {
		assert.equal(judged({ name }), 'reading-name (own-streams-only)', name);
	}
});

test('the unit is the one that the policy says', () => {
	for (const unit of ['', 'Gy/h', 'sv/h', 'Sv/h ', 'Cel'])
		assert.equal(judged({ unit }), 'reading-unit (input-refused)', unit);
});

test('the range holds at its edges and not beyond', () => {
	for (const value of [0, -0, 10, 5]) assert.equal(judged({ value }), null, String(value));
	for (const value of [-Number.MIN_VALUE, 10.000000000000002, Number.NaN, '5', true]) {
		assert.equal(judged({ value }), 'reading-value (input-refused)', String(value));
	}
});

test('a stream without a unit takes numbers, text and truth', () => {
	for (const value of [-1e300, 'open', '', false]) {
		assert.equal(judged({ name: 'probe-1/state', unit: '/', value }, lax, 'state'), null);
	}
});

test('a stream in a unit takes numbers alone, with a range or without', () => {
	const open: StreamTerms = { ...terms('state'), name: 'dose-rate', unit: 'Sv/h' };
	for (const value of ['21,5', 'Infinity', '0x1F', '=1+1', '"5"', '5', '', true]) {
		const refusal = judgeRecord({ ...good, value }, 'probe-1', open, lax.parameters, now);
		assert.equal(refusal?.code, 'reading-value', String(value));
		assert.match(refusal.reason, /dose-rate is in Sv\/h and takes numbers alone, not .*: send a number/);
	}
	assert.equal(judgeRecord({ ...good, value: -1e300 }, 'probe-1', open, lax.parameters, now), null);
});

test('the clock may be ahead by the tolerance and no more', () => {
	const future = 'reading-time-future (record-kept)';
	assert.equal(judged({ time: now + defaultClockTolerance }), null);
	assert.equal(judged({ time: now + defaultClockTolerance + 1 }), future);
	const strict = policyAt(3);
	assert.equal(strict.parameters['record-kept'], seconds(10));
	assert.equal(judged({ time: now + seconds(10) }, strict), null);
	assert.equal(judged({ time: now + seconds(10) + 1 }, strict), future);
	// However late, a reading is a reading: an outbox may have kept it for months.
	assert.equal(judged({ time: 2 ** 28 * 1000 }), null);
});

test('undeclared fields are refused where the policy asks for data to be minimal', () => {
	assert.equal(judged({ extra: true }), 'senml-unsupported (data-minimised)');
	assert.equal(judged({ extra: true }, policyAt(1, 1)), null);
});

test('a wrong name is said before anything else, so that nothing is learned of another stream', () => {
	assert.equal(
		judged({ name: 'probe-2/dose-rate', unit: 'x', value: 99, time: now * 2 }),
		'reading-name (own-streams-only)',
	);
});

test('an identity is new, known, or in conflict', () => {
	const record = (value: number | string | boolean, unit = 'Sv/h') => encodeRecord({ value, unit });
	assert.equal(judgeIdentity(record(1), null), 'new');
	assert.equal(judgeIdentity(record(1), record(1)), 'known');
	assert.equal(judgeIdentity(record(0), record(-0)), 'known');
	for (const other of [record(2), record('1'), record(true), record(1, 'Sv'), new Uint8Array()]) {
		const identity = judgeIdentity(record(1), other);
		assert(typeof identity === 'object');
		assert.equal(identity.code, 'reading-conflict');
		assert.equal(identity.requirement, 'replay-refused');
	}
});

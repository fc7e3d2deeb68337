import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSenmlCbor } from '../observe/senml-cbor.ts';
import { days } from '../units/milliseconds.ts';
import { digestOf, parseRoster, ReaderView, readSealedReading, type Roster, sealReading } from './index.ts';
import { signSealCheckpoint } from './checkpoint.ts';
import { now, rosterBytes, testStream } from './seal.fixture.ts';

const hour = 3_600_000;

/** What a reader with these rosters says of readings of these times; the device signs them at `signed`. */
const look = async (
	times: readonly number[],
	{ at = now, signed = at, earlier = [] }: { at?: number; signed?: number; earlier?: readonly object[] } = {},
) => {
	const stream = testStream(earlier.length === 0 ? () => {} : (json) => void (json['number'] = 9));
	const rosters: [Roster, ...Roster[]] = [
		stream.roster,
		...earlier.map((change) => parseRoster(rosterBytes({ ...stream.json, ...change }))),
	];
	const view = new ReaderView(stream.content);
	const trust = { rosters, key: { agreement: stream.reader }, now: at };
	const { message, keys, hash } = await stream.seal();
	await view.take(message, trust);
	const rows = times.map((time, n) =>
		sealReading(keys, n + 1, encodeSenmlCbor([{ name: 'probe/dose-rate', unit: 'Sv/h', time, value: n }])),
	);
	const codes: string[][] = [];
	for (const row of rows) {
		const { reading, findings } = await view.take(row, trust);
		assert(reading !== null, 'what opens is shown');
		codes.push(findings.map(({ code }) => code));
	}
	const digest = digestOf(rows.map((one) => readSealedReading(one).hash));
	const said = { epoch: keys.epoch, epochHash: hash, first: 1, sequence: rows.length + 1, digest, previous: null };
	const checkpoint = await signSealCheckpoint(
		{ ...said, boot: stream.content.boot, uptime: 9, time: signed },
		stream.signer,
	);
	codes.push((await view.take(checkpoint, trust)).findings.map(({ code }) => code));
	return codes;
};

test('a reader names a sealed reading of a time that is still to come', async () => {
	assert.deepEqual(await look([now, now + 59_000]), [[], [], []]);
	assert.deepEqual(await look([now, now + 2 * hour]), [[], ['reading-time-future'], ['reading-time-future']]);
});

test('a reader who comes later names it by when its device signed it', async () => {
	assert.deepEqual(await look([now, now + 2 * hour], { at: now + days(1), signed: now }), [
		[],
		[],
		['reading-time-future'],
	]);
	assert.deepEqual(await look([now], { at: now + days(1), signed: now }), [[], []]);
});

test('a reader names a sealed reading of a time before the owner named the device, once an epoch', async () => {
	const issued = Date.parse('2026-01-01T00:00:00Z');
	assert.deepEqual(await look([issued - 80 * days(1), issued - 79 * days(1), issued - hour]), [
		['reading-time-past'],
		[],
		[],
		[],
	]);
	// One before the first that names it did not.
	const without = { number: 3, devices: {}, issued: '2025-12-01T00:00:00Z' };
	assert.deepEqual((await look([issued - 80 * days(1)], { earlier: [without] }))[0], ['reading-time-past']);
	// It was named in December.
	const first = { number: 1, issued: '2025-10-01T00:00:00Z' };
	assert.deepEqual((await look([issued - 80 * days(1)], { earlier: [first] }))[0], []);
	// This reader does not know since when: what it has of the owner's rosters begins later.
	const middle = { number: 5, issued: '2025-12-30T00:00:00Z' };
	assert.deepEqual((await look([issued - 80 * days(1)], { earlier: [middle] }))[0], []);
});

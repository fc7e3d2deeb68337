import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { testSigner } from '../format/signer.fixture.ts';
import { encodeRecord, type KeptRecord } from '../observe/record.ts';
import { Problem } from '../problem/problem.ts';
import {
	admitOpenCheckpoint,
	isOpenCheckpoint,
	isSignedOpenCheckpoint,
	judgeCovered,
	mostOpenCovered,
	openCheckpointHash,
	openDigestOf,
	OpenView,
	parseRoster,
	readOpenCheckpoint,
	readSealedItem,
	signOpenCheckpoint,
} from './index.ts';
import { now, testStream } from './seal.fixture.ts';

const name = { application: 'hall', device: 'probe', stream: 'dose-rate' };
const record = (value: number, doubt: KeptRecord['doubt'] = []): Uint8Array =>
	encodeRecord({ value, unit: 'Sv/h', doubt });
const readingsAt = (times: readonly number[]) => times.map((time, at) => ({ time, record: record(at) }));
const over = (readings: ReturnType<typeof readingsAt>, number = now, previous: Uint8Array | null = null) => ({
	...{ number, previous, times: readings.map(({ time }) => time) },
	digest: openDigestOf(readings),
});

test('it is read back as it was signed, and its share of a reading is at most 4 bytes', async () => {
	const { signer } = testStream();
	for (const count of [1, 2, 63, mostOpenCovered]) {
		// A sampler's timer is off by some milliseconds.
		const readings = readingsAt(Array.from({ length: count }, (_, at) => now + at * 10_000 + ((at * 7) % 5)));
		const checkpoint = over(readings);
		const message = await signOpenCheckpoint(checkpoint, name, signer);
		const received = readOpenCheckpoint(message);
		assert.deepEqual(received.checkpoint, checkpoint);
		assert.ok(isOpenCheckpoint(message));
		assert.ok(isSignedOpenCheckpoint(received, name, [signer.publicKey]));
		assert.ok(!isSignedOpenCheckpoint(received, { ...name, device: 'probe-2' }, [signer.publicKey]));
		assert.ok(!isSignedOpenCheckpoint(received, name, [testSigner().publicKey]));
		// At 10 s a reading and the 10 min that integrity 2 asks, 60 are covered at once.
		if (count >= 60) assert.ok(message.length / count <= 4, `${message.length / count} bytes a reading`);
		assert.throws(() => readSealedItem(message), { code: 'seal-malformed' });
	}
});

test('what is cut short, is no such checkpoint or has times that do not rise is malformed', async () => {
	const { signer, seal } = testStream();
	const message = await signOpenCheckpoint(over(readingsAt([now, now + 1])), name, signer);
	for (let end = 0; end < message.length; end++)
		assert.throws(() => readOpenCheckpoint(message.subarray(0, end)), { code: 'seal-malformed' });
	assert.throws(() => readOpenCheckpoint(Buffer.concat([message, message])), { code: 'seal-malformed' });
	const { message: epoch } = await seal();
	assert.ok(!isOpenCheckpoint(epoch));
	assert.throws(() => readOpenCheckpoint(epoch), Problem);
	for (const times of [[now, now], [now + 1, now], [], Array.from({ length: mostOpenCovered + 1 }, (_, at) => at)])
		await assert.rejects(async () => signOpenCheckpoint(over(readingsAt(times)), name, signer));
});

test('the service takes it with the key of its device and over what is stored, and no other', async () => {
	const { signer } = testStream();
	const readings = readingsAt([now, now + 10_000]);
	const checkpoint = over(readings);
	const message = await signOpenCheckpoint(checkpoint, name, signer);
	const taken = admitOpenCheckpoint(message, name, [signer.publicKey]);
	assert.deepEqual([taken.records.length, taken.refusal], [1, null]);
	assert.equal(admitOpenCheckpoint(message, name, []).refusal?.code, 'stream-key-unknown');
	assert.equal(
		admitOpenCheckpoint(message, { ...name, stream: 'door' }, [signer.publicKey]).refusal?.code,
		'stream-key-unknown',
	);
	assert.equal(admitOpenCheckpoint(message.subarray(1), name, [signer.publicKey]).refusal?.code, 'seal-malformed');
	const stored = new Map(readings.map(({ time, record: bytes }) => [time, bytes]));
	const at = (time: number): Uint8Array | null => stored.get(time) ?? null;
	assert.equal(judgeCovered(checkpoint, at), null);
	// What the service doubts is beside what the device signed; what the device doubts itself is part of it.
	stored.set(now, record(0, ['stuck', 'rate', 'essential']));
	assert.equal(judgeCovered(checkpoint, at), null);
	for (const other of [record(0, ['time']), record(1), null]) {
		if (other === null) stored.delete(now);
		else stored.set(now, other);
		assert.equal(judgeCovered(checkpoint, at)?.code, 'checkpoint-mismatch');
	}
});

test('a reader that began in the middle believes what it has whole, and is told nothing false of the rest', async () => {
	const { signer, roster } = testStream();
	const readings = readingsAt([1, 2, 3, 4].map((step) => now + step * 10_000));
	const first = over(readings.slice(0, 2), now + 21_000);
	const view = new OpenView(name);
	for (const reading of readings.slice(1)) assert.deepEqual(view.takeReading(reading, now), []);
	const taken = view.takeCheckpoint(await signOpenCheckpoint(first, name, signer), roster);
	assert.deepEqual(taken, { signed: [], forged: [], findings: [] });
	const second = over(readings.slice(2), now + 41_000, openCheckpointHash(first));
	assert.deepEqual(view.takeCheckpoint(await signOpenCheckpoint(second, name, signer), roster).signed, [
		now + 30_000,
		now + 40_000,
	]);
	// One chain: what leaves a link out is seen.
	const late = { time: now + 50_000, record: record(9) };
	view.takeReading(late, now);
	const broken = over([late], now + 51_000, openCheckpointHash(first));
	const { signed, findings } = view.takeCheckpoint(await signOpenCheckpoint(broken, name, signer), roster);
	assert.deepEqual([signed, findings.map(({ code }) => code)], [[now + 50_000], ['reading-missing']]);
	assert.equal(view.takeReading({ ...late, record: record(8) }, now)[0]?.code, 'reading-forged');
	assert.deepEqual(view.takeReading(late, now), []);
	// One that stays unsigned for longer than the roster's terms is told.
	assert.deepEqual(view.overdue(roster, now + 180_000), []);
	assert.equal(view.overdue(roster, now + 180_001)[0]?.code, 'reading-unsigned');
	const other = parseRoster(new TextEncoder().encode(JSON.stringify({ ...testStream().json, devices: {} })));
	assert.equal(
		view.takeCheckpoint(await signOpenCheckpoint(second, name, signer), other).findings[0]?.code,
		'stream-key-unknown',
	);
});

interface Vectors {
	readonly roster: string;
	readonly application: string;
	readonly device: string;
	readonly stream: string;
	readonly at: number;
	readonly cases: readonly {
		readonly name: string;
		readonly rows: readonly (
			| { readonly reading: KeptRecord & { readonly time: number }; readonly refused?: string }
			| { readonly bytes: string; readonly signs?: readonly number[]; readonly refused?: string }
		)[];
	}[];
}

const vectors = JSON.parse(
	readFileSync(new URL('../../../vectors/seal/open.json', import.meta.url), 'utf8'),
) as Vectors;

for (const one of vectors.cases) {
	test(`vectors: ${one.name}`, () => {
		const { application, device, stream, at } = vectors;
		const roster = parseRoster(new TextEncoder().encode(vectors.roster));
		const view = new OpenView({ application, device, stream });
		for (const row of one.rows) {
			if ('reading' in row) {
				const { time, ...kept } = row.reading;
				const found = view.takeReading({ time, record: encodeRecord(kept) }, at).map(({ code }) => code);
				assert.deepEqual(found, row.refused === undefined ? [] : [row.refused]);
				continue;
			}
			const { bytes, ...expected } = row;
			const { signed, findings } = view.takeCheckpoint(Buffer.from(bytes, 'hex'), roster);
			const [finding] = findings;
			assert.deepEqual(
				{
					...(signed.length > 0 && { signs: signed }),
					...(finding !== undefined && { refused: finding.code }),
				},
				expected,
			);
		}
	});
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSenmlCbor } from '../observe/senml-cbor.ts';
import { type EpochKeys, digestOf, ReaderView, readSealedReading, sealReading, signReading } from './index.ts';
import { checkpointHash, type SealCheckpoint, signSealCheckpoint } from './checkpoint.ts';
import { parseRoster } from './roster.ts';
import { now, type RosterJson, rosterBytes, testAgreementKey, testStream, type TestStream } from './seal.fixture.ts';
import { testSigner } from '../format/signer.fixture.ts';

const text = (value: number, change: { name?: string; unit?: string } = {}): Uint8Array =>
	encodeSenmlCbor([{ name: 'probe/dose-rate', unit: 'Sv/h', time: now + value * 100, value, ...change }]);

/** A device that seals and signs, and a reader that is shown its rows. */
const setUp = (change: (json: RosterJson) => void = () => {}) => {
	const stream = testStream(change);
	const view = new ReaderView(stream.content);
	const show = async (bytes: Uint8Array, at = now, rosters: TestStream['roster'][] = []) => {
		const { reading, signed, findings } = await view.take(bytes, {
			rosters: [rosters[0] ?? stream.roster, ...rosters.slice(1)],
			key: { agreement: stream.reader },
			now: at,
		});
		return {
			value: reading === null ? null : reading.value,
			isSigned: reading?.signed ?? null,
			signed: signed?.numbers ?? null,
			codes: findings.map(({ code }) => code),
		};
	};
	const checkpoint = (
		{ epoch, epochHash }: EpochKeys,
		readings: readonly Uint8Array[],
		change: Partial<SealCheckpoint> = {},
		signer = stream.signer,
	): Promise<Uint8Array> => {
		const sequence = readings.length + 1;
		const digest = digestOf(readings.map((one) => readSealedReading(one).hash));
		const said = { epoch, epochHash, first: 1, sequence, digest, previous: null, boot: stream.content.boot };
		return signSealCheckpoint({ ...said, uptime: 9, time: now, ...change }, signer);
	};
	return { ...stream, view, show, checkpoint };
};

const plain = { value: null, isSigned: null, signed: null, codes: [] };

test('a reading is opened, and signed once a checkpoint covers it; the next checkpoint follows', async () => {
	const { seal, show, checkpoint, content } = setUp();
	const { message, keys } = await seal();
	assert.deepEqual(await show(message), plain);
	const rows = [1, 2, 3].map((number) => sealReading(keys, number, text(number)));
	for (const [at, row] of rows.entries())
		assert.deepEqual(await show(row), { ...plain, value: at + 1, isSigned: false });
	const first = await checkpoint(keys, rows);
	assert.deepEqual(await show(first), { ...plain, signed: [1, 3] });
	const fifth = sealReading(keys, 5, text(5));
	await show(fifth);
	const said: SealCheckpoint = {
		...{ epoch: keys.epoch, epochHash: keys.epochHash, first: 1, sequence: 4, previous: null },
		...{ digest: digestOf(rows.map((one) => readSealedReading(one).hash)), boot: content.boot, uptime: 9, time: now },
	};
	const next = await checkpoint(keys, [fifth], { first: 5, sequence: 6, previous: checkpointHash(said) });
	assert.deepEqual(await show(next), { ...plain, signed: [5, 5] });
	assert.deepEqual(await show(message), plain, 'an epoch that is sent again changes nothing');
});

test('a reading that its device signed itself is signed at once, and no other reader can make one', async () => {
	const { seal, show, signer } = setUp((json) => Object.assign(json.streams['dose-rate'] ?? {}, { signed: 'each' }));
	const { message, keys, hash } = await seal();
	await show(message);
	const sealed = sealReading(keys, 1, text(1));
	assert.deepEqual(await show(await signReading(sealed, hash, testSigner())), { ...plain, codes: ['reading-forged'] });
	assert.deepEqual(await show(await signReading(sealed, hash, signer)), { ...plain, value: 1, isSigned: true });
	const alone = await show(sealReading(keys, 2, text(2)));
	assert.deepEqual(alone, { ...plain, value: 2, isSigned: false, codes: ['reading-unsigned'] });
});

test('what was dropped, repeated, reordered, altered, forged or forked is named', async () => {
	const { seal, show, checkpoint, content } = setUp();
	const { message, keys, hash } = await seal();
	assert.deepEqual((await show(sealReading(keys, 1, text(1)))).codes, ['epoch-unknown']);
	await show(message);
	const rows = [1, 2, 3, 4].map((number) => sealReading(keys, number, text(number)));
	const [one, two, three, four] = rows as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
	await show(one);
	assert.deepEqual(await show(three), { ...plain, value: 3, isSigned: false, codes: ['reading-missing'] });
	assert.deepEqual(await show(two), { ...plain, value: 2, isSigned: false }, 'late is not lost');
	assert.deepEqual(await show(two), { ...plain, codes: ['reading-replayed'] });
	const altered = four.slice();
	altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
	assert.deepEqual(await show(altered), { ...plain, codes: ['reading-forged'] });
	// Another reader has the content key, and makes a number its own.
	const theirs = sealReading(keys, 4, text(99));
	assert.deepEqual(await show(theirs), { ...plain, value: 99, isSigned: false });
	assert.deepEqual(await show(four), { ...plain, codes: ['stream-forked'] });
	assert.deepEqual(await show(await checkpoint(keys, rows)), { ...plain, codes: ['checkpoint-mismatch'] });
	assert.deepEqual(await show(await checkpoint(keys, rows, { sequence: 6, digest: hash }, testSigner())), {
		...plain,
		codes: ['reading-forged'],
	});
	// A truncation at every offset, and what is no message at all, is a finding and nothing else.
	for (let end = 0; end < one.length; end++) {
		const { value, codes } = await show(one.subarray(0, end));
		assert.deepEqual([value, codes.length], [null, 1]);
	}

	const seconds = await seal({ number: 8, previous: { hash, numbers: 6 } });
	assert.deepEqual(await show(seconds.message), plain);
	const other = await seal({ number: 8, previous: { hash, numbers: 6 } });
	assert.deepEqual((await show(other.message)).codes, ['stream-forked']);
	assert.deepEqual((await show((await seal({ number: 3 })).message)).codes, ['reading-replayed']);
	assert.deepEqual(
		(await show((await seal({ number: 10, previous: { hash: other.hash, numbers: 1 } })).message)).codes,
		['reading-missing'],
	);
	assert.deepEqual(
		(await show((await seal({ number: 11, previous: { hash: other.hash, numbers: 1 } })).message)).codes,
		['stream-forked'],
	);
	assert.deepEqual((await show((await seal({ number: 12, device: 'probe-2' })).message)).codes, ['epoch-malformed']);
	const late = sealReading(keys, 6, text(6));
	assert.equal((await show(late)).value, 6, 'an epoch that has just ended still opens');
	// A device that was put back from a copy: no fork.
	assert.deepEqual((await show((await seal({ number: 12 })).message)).codes, ['reading-missing']);
	assert.equal(content.number, 7);
});

test('the end of an epoch that was held back is missed when the next one begins', async () => {
	const { seal, show, checkpoint } = setUp();
	const { message, keys, hash } = await seal();
	await show(message);
	const rows = [1, 2, 3].map((number) => sealReading(keys, number, text(number)));
	await show(rows[0] ?? message);
	// The device restarted: its checkpoint over the rest is of another boot, and came later than the next epoch.
	const next = await seal({ number: 8, boot: new Uint8Array(8).fill(2), previous: { hash, numbers: 5 } });
	assert.deepEqual(await show(next.message), { ...plain, codes: ['reading-missing'] });
	assert.deepEqual(await show(rows[1] ?? message), { ...plain, value: 2, isSigned: false });
	assert.deepEqual(await show(rows[2] ?? message), { ...plain, value: 3, isSigned: false });
	const late = await checkpoint(keys, rows, { boot: new Uint8Array(8).fill(2) });
	assert.deepEqual(await show(late), { ...plain, signed: [1, 3] });
});

test('dropped readings keep the rest of their range from being signed, and say so', async () => {
	const { seal, show, checkpoint } = setUp();
	const { message, keys } = await seal();
	await show(message);
	const rows = [1, 2, 3].map((number) => sealReading(keys, number, text(number)));
	await show(rows[0] ?? message);
	await show(rows[2] ?? message);
	const { signed, codes } = await show(await checkpoint(keys, rows));
	assert.deepEqual([signed, codes], [null, ['reading-missing']]);
	const lost = await checkpoint(keys, [], { first: 9, sequence: 10, previous: keys.epochHash });
	assert.deepEqual((await show(lost)).codes, ['reading-missing', 'reading-missing', 'reading-missing']);
});

test('what was sealed is one record of this stream, in its unit, at a time that does not depend on when it is read', async () => {
	const { seal, show } = setUp();
	const { message, keys } = await seal();
	await show(message);
	const relative = Buffer.from(text(1));
	const bad: Uint8Array[] = [
		text(1, { name: 'probe-2/dose-rate' }),
		text(1, { unit: 'mSv/h' }),
		encodeSenmlCbor([1, 2].map((value) => ({ name: 'probe/dose-rate', unit: 'Sv/h', time: now, value }))),
		relative.subarray(0, -2),
		encodeSenmlCbor([{ name: 'probe/dose-rate', unit: 'Sv/h', time: -5000, value: 1 }]),
		new Uint8Array(),
	];
	for (const [at, one] of bad.entries())
		assert.deepEqual(await show(sealReading(keys, at + 1, one)), { ...plain, codes: ['reading-forged'] }, String(at));
	assert.equal((await show(sealReading(keys, 1, text(1)))).value, 1, 'and takes no number from a true one');
});

test('who is not among the readers sees that, and a roster that is withheld or stale is named', async () => {
	const { seal, show, view, json, roster, reader } = setUp();
	const { message } = await seal();
	const stranger = await view.take(message, { rosters: [roster], key: { agreement: testAgreementKey() }, now });
	assert.deepEqual(
		stranger.findings.map(({ code }) => code),
		['epoch-recipients'],
	);

	// A roster that is newer than the epoch's, which this reader knew; and one that it never had.
	const newer = parseRoster(rosterBytes({ ...json, number: 3 }));
	const next = new ReaderView({ application: 'hall', device: 'probe', stream: 'dose-rate' });
	const take = async (rosters: [typeof roster, ...(typeof roster)[]]) =>
		(
			await next.take((await seal({ number: 20 + rosters.length })).message, {
				rosters,
				key: { agreement: reader },
				now,
			})
		).findings.map(({ code }) => code);
	assert.deepEqual(await take([newer, roster]), []);
	const fresh = new ReaderView({ application: 'hall', device: 'probe', stream: 'dose-rate' });
	const unknown = await fresh.take(message, { rosters: [newer], key: { agreement: reader }, now });
	assert.deepEqual(
		unknown.findings.map(({ code }) => code),
		['epoch-roster'],
	);
	const without = parseRoster(rosterBytes({ ...json, devices: {} }));
	const revoked = await new ReaderView({ application: 'hall', device: 'probe', stream: 'dose-rate' }).take(message, {
		rosters: [without, roster],
		key: { agreement: reader },
		now,
	});
	assert.deepEqual(
		revoked.findings.map(({ code }) => code),
		['stream-key-unknown'],
	);

	assert.deepEqual(view.overdue({ rosters: [roster], now }), []);
	assert.deepEqual(
		view.overdue({ rosters: [roster], now: roster.expires }).map(({ code }) => code),
		['roster-stale', 'stream-silent'],
	);
	await show(message);
});

test('silence and readings that stay unsigned are noticed without a row', async () => {
	const { seal, show, view, roster } = setUp();
	const { message, keys } = await seal();
	await show(message);
	await show(sealReading(keys, 1, text(1)));
	assert.deepEqual(view.overdue({ rosters: [roster], now: now + 5000 }), []);
	assert.deepEqual(
		view.overdue({ rosters: [roster], now: now + 200_000 }).map(({ code }) => code),
		['stream-silent', 'reading-unsigned'],
	);
});

test('silence counts from the first look where no row came, and a clock that is ahead puts it off no longer', async () => {
	const { seal, show, view, roster } = setUp();
	const codes = (at: number) => view.overdue({ rosters: [roster], now: at }).map(({ code }) => code);
	assert.deepEqual(codes(now), []);
	assert.deepEqual(codes(now + 30_000), []);
	assert.deepEqual(codes(now + 30_001), ['stream-silent']);
	const { message, keys } = await seal();
	await show(message);
	await show(sealReading(keys, 1, text(3600)));
	assert.deepEqual(codes(now + 30_000), []);
	assert.deepEqual(codes(now + 30_001), ['stream-silent']);
});

test("a reading under a checkpoint's number is another reader's, before the checkpoint or after it, and takes nothing from it", async () => {
	for (const late of [false, true]) {
		const { seal, show, checkpoint } = setUp();
		const { message, keys } = await seal();
		await show(message);
		const rows = [1, 2].map((number) => sealReading(keys, number, text(number)));
		for (const row of rows) await show(row);
		const [forged, signed] = [sealReading(keys, 3, text(9)), await checkpoint(keys, rows)];
		if (!late) await show(forged);
		const codes = late ? [] : ['reading-forged'];
		assert.deepEqual(await show(signed), { ...plain, signed: [1, 2], codes });
		if (late) assert.deepEqual(await show(forged), { ...plain, codes: ['reading-forged'] });
		assert.deepEqual(await show(signed), plain, 'the checkpoint again');
	}
});

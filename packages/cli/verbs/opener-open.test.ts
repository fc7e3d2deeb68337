import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opener } from '@keyward/client';
import type { RowView } from '@keyward/contract';
import { readCursor, writeCursor } from '@keyward/contract/cursor';
import { encodeRecord } from '@keyward/core/observe';
import {
	type OpenCheckpoint,
	openCheckpointHash,
	openDigestOf,
	parseRoster,
	type ReaderTrust,
	signOpenCheckpoint,
} from '@keyward/core/seal';
import { makeEphemeralAgreementKey, makeEphemeralKey } from '@keyward/custody';
import { rosterText } from '@keyward/testing/owner/owner';

const name = { application: 'hall', device: 'p-1', stream: 'air' } as const;
const now = Math.floor(Date.now() / 1000) * 1000;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const at = (position: number): string => writeCursor('0123456789', position);
const signer = makeEphemeralKey();

const trustOf = (devices: object): ReaderTrust => {
	const terms = { sealed: false, suite: 1, signed: { within: '60s' }, every: '10s', epoch: '1h', unit: 'Cel' };
	const text = rosterText(1, now, 3_600_000, {
		devices,
		readers: {},
		streams: { air: { ...terms, essential: false } },
	});
	return { rosters: [parseRoster(Buffer.from(text))], key: { agreement: makeEphemeralAgreementKey() }, now };
};
const trust = trustOf({ 'p-1': { key: base64(signer.publicKey) } });

type Given = { readonly time: number; readonly value: number } | Uint8Array;

const reading = (step: number, value = step): { readonly time: number; readonly value: number } => ({
	...{ time: now + step * 10_000, value },
});
const over = (readings: readonly ReturnType<typeof reading>[], number: number, previous: Uint8Array | null = null) => ({
	...{ number, previous, times: readings.map(({ time }) => time) },
	digest: openDigestOf(readings.map(({ time, value }) => ({ time, record: encodeRecord({ value, unit: 'Cel' }) }))),
});
const signed = (checkpoint: OpenCheckpoint): Promise<Uint8Array> => signOpenCheckpoint(checkpoint, name, signer);

/** A reader, and a service that has these rows. */
const openerOf = (given: readonly Given[], by: () => ReaderTrust | null, ...how: [hold: boolean, follow: boolean]) => {
	const rows: readonly RowView[] = given.map((one, index) =>
		one instanceof Uint8Array
			? { cursor: at(index + 1), time: now, sealed: base64(one) }
			: { cursor: at(index + 1), unit: 'Cel', ...one },
	);
	const call = (async (_name: string, { after, limit }: { after: string; limit: number }) => {
		const begin = readCursor(after)?.position ?? 0;
		return { readings: rows.slice(begin, begin + limit), next: at(Math.min(rows.length, begin + limit)) };
	}) as ConstructorParameters<typeof Opener>[0]['call'];
	return { rows, opener: new Opener({ call }, async () => by(), ...how) };
};

/** What a reader that begins at the `from`th of these rows is shown, and notices. */
const open = async (given: readonly Given[], from = 0, by: ReaderTrust | null = trust) => {
	const { rows, opener } = openerOf(given, () => by, false, false);
	const page = await opener.open({ name, readings: rows.slice(from), next: at(rows.length) });
	return {
		values: page.readings.map(({ value, proof }) => `${String(value)} ${proof ?? ''}`.trim()),
		codes: page.findings.map(({ code }) => code),
		later: page.nowSigned.map(({ count }) => count),
	};
};

test('a reading of an open stream is shown as signed where its device signed it, and as unsigned where not', async () => {
	const rows = [reading(1), reading(2), await signed(over([reading(1), reading(2)], now + 20_001)), reading(3)];
	assert.deepEqual(await open(rows), { values: ['1 signed', '2 signed', '3 unsigned'], codes: [], later: [] });
	// Begun between what is covered: what was before is read too, and not shown.
	assert.deepEqual(await open(rows, 1), { values: ['2 signed', '3 unsigned'], codes: [], later: [] });
	// Without an owner nobody says who would sign; with one, a device or stream that the roster does not name is nobody's.
	assert.deepEqual(await open(rows, 0, null), { values: ['1', '2', '3'], codes: [], later: [] });
	const other = trustOf({ 'p-2': { key: base64(signer.publicKey) } });
	assert.deepEqual(await open(rows, 0, other), {
		...{ values: ['1 unsigned', '2 unsigned', '3 unsigned'], codes: ['stream-key-unknown'], later: [] },
	});
});

test('what a service changes, leaves out or puts in afterwards is named, and shown as nothing signed', async () => {
	const first = over([reading(1), reading(2)], now + 20_001);
	const second = over([reading(3)], now + 30_001, openCheckpointHash(first));
	const messages = [await signed(first), await signed(second)] as const;
	assert.deepEqual(await open([reading(1), reading(2, 9), messages[0]]), {
		...{ values: ['1 unsigned', '9 unsigned'], codes: ['checkpoint-mismatch'], later: [] },
	});
	assert.deepEqual((await open([reading(1), messages[0]])).codes, ['reading-missing']);
	assert.deepEqual((await open([reading(1), reading(2), messages[0], reading(4)])).values.at(-1), '4 unsigned');
	const dropped = await open([reading(1), reading(2), messages[0], reading(3), messages[1]].toSpliced(2, 1));
	assert.deepEqual(dropped.values, ['1 unsigned', '2 unsigned', '3 signed']);
	// A second reading of one time would be signed along with the first, in this page or by its time in a later one.
	assert.deepEqual(await open([reading(1), reading(2), reading(2, 9), messages[0]]), {
		...{ values: ['1 signed', '2 signed'], codes: ['reading-forged'], later: [] },
	});
	assert.deepEqual(await open([reading(1), reading(2, 9), reading(2), messages[0]]), {
		...{ values: ['1 unsigned', '9 unsigned'], codes: ['reading-forged', 'checkpoint-mismatch'], later: [] },
	});
});

test('what is handed on waits for its signature, in its order, and not for ever', async () => {
	const rows = [reading(1), reading(2), await signed(over([reading(2)], now + 20_001)), reading(3)];
	const [minute, late] = [60_000, 3 * 60_000 + 1];
	let clock = now + minute;
	const shown = ({ readings, next }: Awaited<ReturnType<Opener['open']>>) => [
		...readings.map(({ value, proof }) => `${String(value)} ${proof ?? ''}`.trim()),
		readCursor(next)?.position,
	];
	const follow = openerOf(rows, () => ({ ...trust, now: clock }), true, true);
	const page = (from: number, to: number) =>
		follow.opener.open({ name, readings: follow.rows.slice(from, to), next: at(to) });
	// The second is signed, and does not overtake the first: the place kept is before both.
	assert.deepEqual([shown(await page(0, 3)), follow.opener.held], [[0], 2]);
	clock += minute;
	assert.deepEqual(shown(await page(3, 4)), [0]);
	clock += late - minute;
	assert.deepEqual(shown(await page(4, 4)), ['1 unsigned', '2 signed', 3]);
	clock += minute;
	assert.deepEqual([shown(await page(4, 4)), follow.opener.held], [['3 unsigned', 4], 0]);

	// A reader that runs now and then counts from when a reading was measured, once it has all.
	clock = now + 10_000 + late;
	const once = openerOf(rows, () => ({ ...trust, now: clock }), true, false);
	assert.deepEqual(shown(await once.opener.open({ name, readings: once.rows, next: at(4) })), [0]);
	assert.deepEqual((await once.opener.finish()).map(shown), [['1 unsigned', '2 signed', 3]]);
	assert.equal(once.opener.held, 1);

	// Of a range that the device signed otherwise nothing goes on; nor is anything held where nobody says who would sign.
	const forged = openerOf([reading(1, 9), await signed(over([reading(1)], now + 20_001))], () => trust, true, true);
	const dropped = await forged.opener.open({ name, readings: forged.rows, next: at(2) });
	assert.deepEqual([shown(dropped), dropped.findings.map(({ code }) => code)], [[2], ['checkpoint-mismatch']]);
	const bare = openerOf(rows.slice(0, 2), () => null, true, true);
	assert.deepEqual(shown(await bare.opener.open({ name, readings: bare.rows, next: at(2) })), ['1', '2', 2]);

	// A roster that is withheld may take this key off: nothing is as good as before once the one in force has ended.
	const ended = { ...trust, now: trust.rosters[0].expires };
	const stale = openerOf(rows, () => ended, false, false);
	const last = await stale.opener.open({ name, readings: stale.rows, next: at(4) });
	assert.deepEqual(
		last.readings.map((one) => one.stale),
		[true, true, true],
	);
	assert.deepEqual(
		last.findings.map(({ code }) => code),
		['roster-stale'],
	);
});

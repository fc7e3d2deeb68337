import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opener } from '@keyward/client';
import { readCursor, type RowView, writeCursor } from '@keyward/contract';
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

/** What a reader that begins at the `from`th of these rows is shown, and notices. */
const open = async (given: readonly Given[], from = 0, by: ReaderTrust | null = trust) => {
	const rows: readonly RowView[] = given.map((one, index) =>
		one instanceof Uint8Array
			? { cursor: at(index + 1), time: now, sealed: base64(one) }
			: { cursor: at(index + 1), unit: 'Cel', ...one },
	);
	const call = (async (_name: string, { after, limit }: { after: string; limit: number }) => {
		const begin = readCursor(after)?.position ?? 0;
		return { readings: rows.slice(begin, begin + limit), next: at(Math.min(rows.length, begin + limit)) };
	}) as ConstructorParameters<typeof Opener>[0]['call'];
	const opener = new Opener({ call }, async () => by, false);
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
	// Nobody says who would sign.
	assert.deepEqual(await open(rows, 0, null), { values: ['1', '2', '3'], codes: [], later: [] });
	const other = trustOf({ 'p-2': { key: base64(signer.publicKey) } });
	assert.deepEqual(await open(rows, 0, other), { values: ['1', '2', '3'], codes: ['stream-key-unknown'], later: [] });
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

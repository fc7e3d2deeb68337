import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Opener } from '@keyward/client';
import type { RowView } from '@keyward/contract';
import { readCursor, writeCursor } from '@keyward/contract/cursor';
import { encodeSenmlCbor } from '@keyward/core/observe';
import {
	digestOf,
	parseRoster,
	type ReaderTrust,
	readersOf,
	readSealedReading,
	sealEpoch,
	sealReading,
	signSealCheckpoint,
} from '@keyward/core/seal';
import { makeEphemeralAgreementKey, makeEphemeralKey } from '@keyward/custody';
import { rosterText } from '@keyward/testing/owner/owner';

const name = { application: 'hall', device: 'p-1', stream: 'air' } as const;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const at = (position: number): string => writeCursor('0123456789', position);

/** What a device sent, and a service that gives it to a reader as it likes. */
const setUp = async () => {
	const now = Date.now();
	const [signer, agreement] = [makeEphemeralKey(), makeEphemeralAgreementKey()];
	const expires = new Date(now + 3_600_000).toISOString();
	const text = rosterText(1, now, 3_600_000, {
		devices: { 'p-1': { key: base64(signer.publicKey) } },
		readers: { desk: { key: base64(agreement.publicKey), streams: ['air'], purpose: 'read', expires } },
		streams: {
			air: {
				sealed: true,
				suite: 1,
				signed: { within: '60s' },
				every: '10s',
				epoch: '1h',
				unit: 'Cel',
				essential: false,
			},
		},
	});
	const roster = parseRoster(Buffer.from(text));
	const boot = new Uint8Array(8);
	const { message, keys } = await sealEpoch(
		{ ...name, number: 1, boot, rosterHash: roster.hash, previous: null, suite: 1 },
		readersOf(roster, 'air', now),
		{
			signer,
			entropy: { bytes: (count) => Uint8Array.from(randomBytes(count)) },
			ephemeral: async () => makeEphemeralAgreementKey(),
		},
	);
	const reading = (number: number, value = number): Uint8Array =>
		sealReading(keys, number, encodeSenmlCbor([{ name: 'p-1/air', unit: 'Cel', time: now + number * 1000, value }]));
	const checkpoint = (first: number, readings: readonly Uint8Array[]): Promise<Uint8Array> =>
		signSealCheckpoint(
			{
				...{ epoch: 1, epochHash: keys.epochHash, first, sequence: first + readings.length, previous: null, boot },
				...{ digest: digestOf(readings.map((one) => readSealedReading(one).hash)), uptime: 9, time: now },
			},
			signer,
		);
	const trust: ReaderTrust = { rosters: [roster], key: { agreement }, now };
	const rowOf = (bytes: Uint8Array, index: number): RowView => ({
		cursor: at(index + 1),
		time: now,
		sealed: base64(bytes),
	});
	/** Opens these items from the `from`th on; gives what is handed on, where it would go on, and what was noticed. */
	const open = async (
		items: readonly (Uint8Array | RowView)[],
		from = 0,
		hold = true,
		by: ReaderTrust | null = trust,
	) => {
		const rows = items.map((one, index) => (one instanceof Uint8Array ? rowOf(one, index) : one));
		const call = (async (_name: string, { after, limit }: { after: string; limit: number }) => {
			const begin = readCursor(after)?.position ?? 0;
			return { readings: rows.slice(begin, begin + limit), next: at(Math.min(rows.length, begin + limit)) };
		}) as ConstructorParameters<typeof Opener>[0]['call'];
		const opener = new Opener({ call }, async () => by, hold);
		const page = await opener.open({ name, readings: rows.slice(from), next: at(rows.length) });
		return {
			values: page.readings.map(({ value, proof }) => `${String(value)} ${proof ?? 'open'}`),
			next: readCursor(page.next)?.position,
			codes: page.findings.map(({ code }) => code),
		};
	};
	return { message, reading, checkpoint, open, now };
};

test('what is held is handed on once it is signed, and the place stays before it until then', async () => {
	const { message, reading, checkpoint, open } = await setUp();
	const [one, two] = [reading(1), reading(2)];
	const signed = await checkpoint(1, [one, two]);
	assert.deepEqual(await open([message, one, two]), { values: [], next: 1, codes: [] });
	assert.deepEqual(await open([message, one, two], 0, false), { values: ['1 opened', '2 opened'], next: 3, codes: [] });
	assert.deepEqual(await open([message, one, two, signed]), { values: ['1 signed', '2 signed'], next: 4, codes: [] });
	assert.deepEqual(await open([message, one, two, signed, reading(4)]), {
		...{ values: ['1 signed', '2 signed'], next: 4, codes: [] },
	});
});

test('begun in the middle of an epoch, what leads there is read and not shown again', async () => {
	const { message, reading, checkpoint, open } = await setUp();
	const [one, two] = [reading(1), reading(2)];
	const signed = await checkpoint(1, [one, two]);
	assert.deepEqual(await open([message, one, two, signed], 2), { values: ['2 signed'], next: 4, codes: [] });
	assert.deepEqual(await open([message, one, two, signed, reading(4)], 4), { values: [], next: 4, codes: [] });
	assert.deepEqual((await open([one, two], 1)).codes, ['epoch-unknown'], 'an epoch that is gone');
});

test('a service that drops, exchanges or invents readings is named, and what it made goes on as nothing signed', async () => {
	const { message, reading, checkpoint, open, now } = await setUp();
	const [one, two, three] = [reading(1), reading(2), reading(3)];
	const signed = await checkpoint(1, [one, two, three]);
	assert.deepEqual(await open([message, one, three, signed]), {
		...{ values: ['1 opened', '3 opened'], next: 4, codes: ['reading-missing', 'reading-missing'] },
	});
	// With the content key of another reader.
	assert.deepEqual(await open([message, one, reading(2, 99), three, signed]), {
		...{ values: [], next: 5, codes: ['checkpoint-mismatch'] },
	});
	const invented: RowView = { cursor: at(2), time: now, value: 99, unit: 'Cel' };
	assert.deepEqual(await open([message, invented]), { values: [], next: 2, codes: ['reading-unsealed'] });
	assert.deepEqual(await open([message, one], 0, true, null), {
		...{ values: [], next: 2, codes: ['roster-stale', 'roster-stale'] },
	});
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { json } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { encodeSenmlCbor, type RecordToWrite } from '@keyward/core/observe';
import type { ReadingView } from '@keyward/contract';
import { startSite } from '@keyward/testing/service/site';
import { openSession, type Packet } from '@keyward/testing/service/wire';

// Readings that are taken with a doubt, and how their readers hear of it.

const policy = `
application: hall
level: { authenticity: 2, authorization: 2, integrity: 3, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  watched: { unit: Cel, every: 1min, readers: [desk], stuck-after: 3, largest-change: [10, 1h] }
  air: { unit: Cel, every: 1min, readers: [desk] }
  strict: { unit: Cel, every: 1min, readers: [desk] }
  marked: { unit: Cel, every: 1min, readers: [desk], doubtful-time: mark }
  pressure: { unit: hPa, every: 1min, readers: [desk] }
devices:
  probe: { custody: [software], streams: [watched, air, strict, marked, pressure] }
`;

const stopped: (() => unknown)[] = [];
const ends = { after: (end: () => unknown) => void stopped.push(end) };

const open = async () => {
	const site = await startSite(ends, { linkWorkers: 2, policies: [policy] });
	const wire = await openSession(ends, site, await site.commissionDevice('hall', 'probe-1'));
	let number = 0;
	const send = async (stream: string, records: readonly Partial<RecordToWrite>[]): Promise<string> => {
		const payload = encodeSenmlCbor(
			records.map((record) => ({ name: `probe-1/${stream}`, unit: 'Cel', time: Date.now(), value: 20, ...record })),
		);
		const packet = {
			cmd: 'publish',
			topic: `hall/probe-1/${stream}`,
			payload: Buffer.from(payload),
			qos: 1,
			dup: false,
			retain: false,
		};
		wire.send({ ...packet, messageId: ++number } as Packet);
		const { reasonCode, properties } = await wire.next('puback');
		return reasonCode === 0 ? 'taken' : (properties?.reasonString ?? String(reasonCode));
	};
	const desk = await site.commissionReader('hall', 'desk');
	for (const stream of ['watched', 'air', 'strict', 'marked', 'pressure'])
		await site.grant('hall', 'desk', 'probe-1', stream);
	const read = async (stream: string) => {
		const agent = new Agent(desk.tls);
		const asked = request(`${site.url}/v1/readings/hall/probe-1/${stream}?limit=1000`, { agent }).end();
		const [response] = (await once(asked, 'response')) as [IncomingMessage];
		const { readings } = (await json(response)) as { readings: ReadingView[] };
		agent.destroy();
		return readings;
	};
	return { site, desk, send, read };
};

let opened: Awaited<ReturnType<typeof open>>;
before(async () => {
	opened = await open();
});
after(async () => {
	for (const end of stopped.toReversed()) await end();
});

test('a value that is stuck or leaps is kept as it came, marked, counted and delivered with the mark', async (t) => {
	const { site, desk, send, read } = opened;
	const reader = await openSession(t, site, desk);
	reader.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'hall/probe-1/watched', qos: 0 }] });
	await reader.next('suback');
	const from = Date.now();
	const values = [20, 20.1, 85, 20.2, 20.2, 20.2, 20.3];
	assert.equal(
		await send(
			'watched',
			values.map((value, at) => ({ time: from + at, value })),
		),
		'taken',
	);
	const doubts = [undefined, undefined, ['rate'], undefined, undefined, ['stuck'], undefined];
	assert.deepEqual(
		(await read('watched')).map(({ value, doubt }) => [value, doubt]),
		values.map((value, at) => [value, doubts[at]]),
	);
	for (const [at, value] of values.entries()) {
		const { payload } = await reader.next('publish');
		const [record] = JSON.parse(String(payload)) as { v: number; doubt?: string }[];
		assert.deepEqual([record?.v, record?.doubt], [value, doubts[at]?.join(' ')]);
	}
	// Sent again, it is the same reading.
	assert.equal(await send('watched', [{ time: from + 2, value: 85 }]), 'taken');
	assert.match(await send('watched', [{ time: from + 2, value: 84 }]), /^reading-conflict/);
	assert.equal((await read('watched')).length, values.length);
	const { counters } = await site.ask('site.status', {});
	assert.equal(counters['reading-doubt-rate'], 1);
	assert.equal(counters['reading-doubt-stuck'], 1);
});

test('by the quantity where the policy says nothing: 85 degrees after 20', async () => {
	const { send, read } = opened;
	const from = Date.now();
	await send(
		'air',
		[20, 20.5, 85, 20].map((value, at) => ({ time: from + at, value })),
	);
	assert.deepEqual(
		(await read('air')).map(({ doubt }) => doubt),
		[undefined, undefined, ['rate'], undefined],
	);
});

test('a reading whose device could not tell its time is refused, or taken with a mark where the policy says so', async () => {
	const { send, read } = opened;
	assert.match(await send('strict', [{ doubt: ['time'] }]), /^reading-time-doubted: .*set its clock/);
	assert.deepEqual(await read('strict'), []);
	assert.equal(
		await send('marked', [
			{ doubt: ['time'], value: 21 },
			{ time: Date.now() - 5, value: 22 },
		]),
		'taken',
	);
	assert.deepEqual(
		(await read('marked')).map(({ value, doubt }) => [value, doubt]),
		[
			[21, ['time']],
			[22, undefined],
		],
	);
});

test('a value in a scaled unit of the stream is stored in the unit of the policy', async () => {
	const { send, read } = opened;
	assert.equal(await send('pressure', [{ unit: 'Pa', value: 101_325 }]), 'taken');
	assert.match(await send('pressure', [{ unit: 'Cel', value: 20 }]), /^reading-unit/);
	assert.deepEqual(
		(await read('pressure')).map(({ value, unit }) => [value, unit]),
		[[1013.25, 'hPa']],
	);
});

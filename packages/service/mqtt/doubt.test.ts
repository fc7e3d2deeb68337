import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { json } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { encodeSenmlCbor, type RecordToWrite } from '@keyward/core/observe';
import type { ReadingView } from '@keyward/contract';
import { startSite } from '@keyward/testing/service/site';
import { openSession, type Packet } from '@keyward/testing/service/wire';

// Readings that are taken with a doubt, and how their readers hear of it.

const policy = (more: string): string => `
application: hall
level: { authenticity: 2, authorization: 2, integrity: 3, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  air: { unit: Cel, every: 1min, readers: [desk]${more} }
  pressure: { unit: hPa, every: 1min, readers: [desk] }
devices:
  probe: { custody: [software], streams: [air, pressure] }
`;

const start = async (t: TestContext, more = '') => {
	const site = await startSite(t, { policies: [policy(more)] });
	const wire = await openSession(t, site, await site.commissionDevice('hall', 'probe-1'));
	let number = 0;
	const send = async (records: readonly Partial<RecordToWrite>[]): Promise<string> => {
		const payload = encodeSenmlCbor(
			records.map((record) => ({ name: 'probe-1/air', unit: 'Cel', time: Date.now(), value: 20, ...record })),
		);
		const [, stream = ''] = (records[0]?.name ?? 'probe-1/air').split('/');
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
	for (const stream of ['air', 'pressure']) await site.grant('hall', 'desk', 'probe-1', stream);
	const read = async (stream = 'air') => {
		const agent = new Agent(desk.tls);
		const asked = request(`${site.url}/v1/readings/hall/probe-1/${stream}?limit=1000`, { agent }).end();
		const [response] = (await once(asked, 'response')) as [IncomingMessage];
		const { readings } = (await json(response)) as { readings: ReadingView[] };
		agent.destroy();
		return readings;
	};
	return { site, desk, send, read };
};

test('a value that is stuck or leaps is kept as it came, marked, counted and delivered with the mark', async (t) => {
	const { site, desk, send, read } = await start(t, ', stuck-after: 3, largest-change: [10, 1h]');
	const reader = await openSession(t, site, desk);
	reader.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'hall/probe-1/air', qos: 0 }] });
	await reader.next('suback');
	const from = Date.now();
	const values = [20, 20.1, 85, 20.2, 20.2, 20.2, 20.3];
	assert.equal(await send(values.map((value, at) => ({ time: from + at, value }))), 'taken');
	const doubts = [undefined, undefined, ['rate'], undefined, undefined, ['stuck'], undefined];
	assert.deepEqual(
		(await read()).map(({ value, doubt }) => [value, doubt]),
		values.map((value, at) => [value, doubts[at]]),
	);
	for (const [at, value] of values.entries()) {
		const { payload } = await reader.next('publish');
		const [record] = JSON.parse(String(payload)) as { v: number; doubt?: string }[];
		assert.deepEqual([record?.v, record?.doubt], [value, doubts[at]?.join(' ')]);
	}
	// Sent again, it is the same reading.
	assert.equal(await send([{ time: from + 2, value: 85 }]), 'taken');
	assert.match(await send([{ time: from + 2, value: 84 }]), /^reading-conflict/);
	assert.equal((await read()).length, values.length);
	const { counters } = await site.ask('site.status', {});
	assert.equal(counters['reading-doubt-rate'], 1);
	assert.equal(counters['reading-doubt-stuck'], 1);
});

test('by the quantity where the policy says nothing: 85 degrees after 20', async (t) => {
	const { send, read } = await start(t);
	const from = Date.now();
	await send([20, 20.5, 85, 20].map((value, at) => ({ time: from + at, value })));
	assert.deepEqual(
		(await read()).map(({ doubt }) => doubt),
		[undefined, undefined, ['rate'], undefined],
	);
});

test('a reading whose device could not tell its time is refused, or taken with a mark where the policy says so', async (t) => {
	const { site, send, read } = await start(t);
	assert.match(await send([{ doubt: ['time'] }]), /^reading-time-doubted: .*set its clock/);
	assert.deepEqual(await read(), []);
	await site.apply(policy(', doubtful-time: mark'));
	assert.equal(
		await send([
			{ doubt: ['time'], value: 21 },
			{ time: Date.now() - 5, value: 22 },
		]),
		'taken',
	);
	assert.deepEqual(
		(await read()).map(({ value, doubt }) => [value, doubt]),
		[
			[21, ['time']],
			[22, undefined],
		],
	);
});

test('a value in a scaled unit of the stream is stored in the unit of the policy', async (t) => {
	const { send, read } = await start(t);
	const name = 'probe-1/pressure';
	assert.equal(await send([{ name, unit: 'Pa', value: 101_325 }]), 'taken');
	assert.match(await send([{ name, unit: 'Cel', value: 20 }]), /^reading-unit/);
	assert.deepEqual(
		(await read('pressure')).map(({ value, unit }) => [value, unit]),
		[[1013.25, 'hPa']],
	);
});

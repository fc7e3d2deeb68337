import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgreementKey } from '@keyward/core/port';
import { parseRoster, type ReaderTrust, type Roster, ReaderView } from '@keyward/core/seal';
import { makeEphemeralAgreementKey, openKemKey } from '@keyward/custody';
import { until } from '@keyward/testing/agent/until';
import { ownSite } from '@keyward/testing/owner/owner';
import { openSession } from '@keyward/testing/service/wire';
import { startSite } from '@keyward/testing/service/site';
import { requireAgreementKey, requireKemKey } from '../enrolment/register-key.ts';
import { runDevice } from '../run.ts';
import type { Sample } from '../sample/source.ts';
import type { RunEvent } from '../run-counters.ts';

const policy = `
application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10ms, readers: [desk], range: [0, 10] }
  state: { unit: /, every: 10ms, readers: [desk] }
devices:
  probe: { custody: [software], streams: [dose-rate, state] }
`;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** A site whose owner has one stream sealed for one reader. */
const sealedSite = async (t: TestContext, signed: unknown = { within: '2s' }) => {
	const site = await startSite(t, { policies: [policy], linkWorkers: 1 });
	const owner = await ownSite(site);
	const { identity } = await site.commissionDevice('hall', 'probe-1');
	const [key] = (await site.ask('device.show', { application: 'hall', device: 'probe-1' })).keys;
	const reader = makeEphemeralAgreementKey();
	const publish = (sealed = true, readers: readonly AgreementKey[] = [reader]) =>
		owner.publish({
			devices: { 'probe-1': { key: key?.key } },
			readers: Object.fromEntries(
				readers.map((one, at) => [
					at === 0 ? 'desk' : `desk-${at}`,
					{ key: base64(one.publicKey), streams: ['dose-rate'], purpose: 'read', expires: '2100-01-01T00:00:00Z' },
				]),
			),
			streams: {
				'dose-rate': { sealed, suite: 1, signed, every: null, epoch: '1h', unit: 'Sv/h', essential: false },
			},
		});
	const desk = await openSession(t, site, await site.commissionReader('hall', 'desk'));
	const came: { readonly topic: string; readonly payload: Uint8Array }[] = [];
	const follow = async (): Promise<void> => {
		const subscriptions = ['dose-rate', 'state'].map((stream) => ({
			topic: `hall/probe-1/${stream}`,
			qos: 0 as const,
		}));
		desk.send({ cmd: 'subscribe', messageId: 1, subscriptions });
		await desk.next('suback');
		for (;;) {
			const { topic, payload } = await desk.next('publish');
			came.push({ topic, payload: Uint8Array.from(Buffer.from(payload)) });
		}
	};
	const rosters: Roster[] = [];
	const noteRoster = (): void => {
		const inForce = owner.repository().rosters.get('hall');
		if (inForce !== undefined) rosters.unshift(parseRoster(new TextEncoder().encode(inForce.text)));
	};
	return {
		site,
		owner,
		identity,
		reader,
		rosters,
		rows: (stream: string) => came.filter(({ topic }) => topic.endsWith(`/${stream}`)).map(({ payload }) => payload),
		publish: async (...args: Parameters<typeof publish>) => {
			await publish(...args);
			noteRoster();
			if (rosters.length > 1) return;
			await site.grant('hall', 'desk', 'probe-1', 'state');
			void follow().catch(() => {});
		},
	};
};

type SealedSite = Awaited<ReturnType<typeof sealedSite>>;

let moment = Date.now() - 100_000;

/** An agent on the device's folder, and a way to give it samples. */
const startAgent = (
	t: TestContext,
	{ identity }: Pick<SealedSite, 'identity'>,
	probe: { first: number; every: number } | null = null,
) => {
	const stop = new AbortController();
	const events: RunEvent[] = [];
	const samples: Sample[] = [];
	const done = runDevice({
		folder: identity.folder,
		clock: { now: () => Date.now() },
		signal: stop.signal,
		report: (event) => void events.push(event),
		statusEvery: 50,
		rosterEvery: 100,
		link: { longestWait: 300, probe },
		source: {
			live: false,
			read: async function* (signal) {
				for (; !signal.aborted; await sleep(5)) {
					const next = samples.shift();
					if (next !== undefined) yield next;
				}
			},
		},
	});
	done.catch(() => {});
	const end = async (): Promise<void> => {
		stop.abort();
		await done;
	};
	t.after(end);
	return {
		events,
		feed: (value: number, stream = 'dose-rate') =>
			void samples.push({ stream, time: ++moment, value, unit: stream === 'state' ? '/' : 'Sv/h' }),
		drained: () =>
			until('all delivered', () => {
				const last = events.findLast((event) => event.event === 'status');
				return (
					samples.length === 0 && last?.event === 'status' && last.counters.waiting === 0 && last.counters.accepted > 0
				);
			}),
		stop: end,
	};
};

/** What a reader makes of what came to it. */
const read = async ({ rows, rosters, reader }: SealedSite, key: AgreementKey = reader) => {
	const view = new ReaderView({ application: 'hall', device: 'probe-1', stream: 'dose-rate' });
	const [first, ...others] = rosters;
	assert.ok(first !== undefined);
	const values: unknown[] = [];
	const findings: string[] = [];
	let signed = 0;
	for (const payload of rows('dose-rate')) {
		const row = await view.take(payload, { rosters: [first, ...others], key: { agreement: key }, now: Date.now() });
		if (row.reading !== null) values.push(row.reading.value);
		if (row.signed !== null) signed += row.signed.numbers[1] - row.signed.numbers[0] + 1;
		findings.push(...row.findings.map(({ code, detail }) => `${code}: ${detail}`));
	}
	return { values, findings, signed };
};

test('sealed from the source to the durable row: only its reader opens it, and the device signed it', async (t) => {
	// So long that 64 readings are signed for their number alone, however busy the machine is.
	const hall = await sealedSite(t, { within: '10min' });
	await hall.publish();
	const agent = startAgent(t, hall);
	for (let number = 1; number <= 70; number++) agent.feed(number / 100);
	agent.feed(1, 'state');
	await agent.drained();
	await agent.stop();
	await until('all seen', () => hall.rows('dose-rate').length >= 72 && hall.rows('state').length === 1);
	const seen = await read(hall);
	assert.deepEqual(
		seen.values,
		Array.from({ length: 70 }, (_, at) => (at + 1) / 100),
	);
	assert.deepEqual(seen.findings, []);
	// What is signed as the agent stops may go in the same run.
	assert.ok([64, 70].includes(seen.signed), `${seen.signed} signed`);
	assert.equal((await read(hall, makeEphemeralAgreementKey())).values.length, 0, 'sealed to nobody else');
	for (const row of hall.rows('dose-rate')) assert.equal(Buffer.from(row).includes('probe-1/dose-rate'), false);

	// A new run: the readings that were not signed yet are, and a new epoch goes on after the old.
	const again = startAgent(t, hall);
	again.feed(5);
	await again.drained();
	await until('all seen', () => hall.rows('dose-rate').length >= 75);
	await again.stop();
	const later = await read(hall);
	assert.deepEqual([later.values.length, later.values.at(-1), later.findings], [71, 5, []]);
	assert.ok(later.signed >= 70);
});

test('a device of a sealed stream tries what the service must refuse with what is sealed, and each is refused by its own requirement', async (t) => {
	for (const signed of [{ within: '2s' }, 'each']) {
		const hall = await sealedSite(t, signed);
		await hall.publish();
		const agent = startAgent(t, hall, { first: 100, every: 60_000 });
		agent.feed(1);
		await until('all tried', async () => {
			const given = await hall.site.ask('refusals.list', { application: 'hall', device: 'probe-1' });
			const seen = new Set<string>(given.map(({ requirement }) => requirement));
			return [
				'own-streams-only',
				'replay-refused',
				'input-refused',
				'data-minimised',
				'sealed-readings',
				'deny-by-default',
			].every((one) => seen.has(one));
		});
		await agent.stop();
		assert.ok(!agent.events.some((event) => event.event === 'probed' && event.letIn.length > 0));
		await until('all seen', () => hall.rows('dose-rate').length >= 2);
		assert.deepEqual((await read(hall)).findings, []);
	}
});

test('a stream of suite 2 is sealed to the two keys that a reader made at its commissioning, and opens with both', async (t) => {
	const site = await startSite(t, { policies: [policy], linkWorkers: 1 });
	const owner = await ownSite(site);
	const { identity } = await site.commissionDevice('hall', 'probe-1');
	const reading = await site.commissionReader('hall', 'desk');
	const { identity: desk } = reading;
	const session = await openSession(t, site, reading);
	const keys = await site.ask('key.list', { application: 'hall' });
	const keyOf = (id: string, purpose: string) =>
		keys.find((one) => one.id === id)?.keys.find((one) => one.purpose === purpose)?.key;
	const reader = { streams: ['dose-rate'], purpose: 'read', expires: '2100-01-01T00:00:00Z' };
	const { rosters } = await owner.publish({
		devices: { 'probe-1': { key: keyOf('probe-1', 'stream') } },
		readers: { desk: { key: keyOf('desk', 'agreement'), kem: keyOf('desk', 'kem'), ...reader } },
		streams: {
			'dose-rate': { sealed: true, suite: 2, signed: 'each', every: null, epoch: '1h', unit: 'Sv/h', essential: false },
		},
	});
	await site.grant('hall', 'desk', 'probe-1', 'dose-rate');
	session.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'hall/probe-1/dose-rate', qos: 0 }] });
	await session.next('suback');
	const agent = startAgent(t, { identity });
	agent.feed(3);
	await agent.drained();
	await agent.stop();
	const rows = [await session.next('publish'), await session.next('publish')].map(({ payload }) =>
		Uint8Array.from(Buffer.from(payload)),
	);
	const roster = parseRoster(new TextEncoder().encode(rosters.get('hall')?.text ?? ''));
	const [agreement, kem] = [await requireAgreementKey(desk), await requireKemKey(desk)];
	const values = async (key: ReaderTrust['key']) => {
		const view = new ReaderView({ application: 'hall', device: 'probe-1', stream: 'dose-rate' });
		const shown: unknown[] = [];
		for (const row of rows)
			shown.push((await view.take(row, { rosters: [roster], key, now: Date.now() })).reading?.value);
		return shown.filter((one) => one !== undefined);
	};
	assert.deepEqual(await values({ agreement, kem }), [3]);
	assert.deepEqual(await values({ agreement, kem: openKemKey(new Uint8Array(64)) }), []);
	assert.deepEqual(await values({ agreement: makeEphemeralAgreementKey(), kem }), []);
});

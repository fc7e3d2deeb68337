import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRemote } from '@keyward/client';
import { encodeRecord } from '@keyward/core/observe';
import { OpenView, parseRoster, readOpenCheckpoint } from '@keyward/core/seal';
import { until } from '@keyward/testing/agent/until';
import { ownSite } from '@keyward/testing/owner/owner';
import { hallPolicy, startSite, type TestSite } from '@keyward/testing/service/site';
import { Outbox } from '../outbox/outbox.ts';
import { runDevice } from '../run.ts';
import type { Sample } from '../sample/source.ts';

// The bound is short so that what is sent is signed at once: half of it is less than a look.
const policy = `${hallPolicy.replace('unit: /', 'unit: m')}tighten: { reading-signature: 1s }\n`;
const stopped: (() => unknown)[] = [];
const ends = { after: (end: () => unknown) => void stopped.push(end) };
let site: TestSite;

before(async () => {
	site = await startSite(ends, { policies: [policy], linkWorkers: 1 });
});
test.after(async () => {
	for (const end of stopped.toReversed()) await end();
});

const start = Math.floor(Date.now() / 1000) * 1000 - 1_000_000;

/** Runs the agent over these samples until the service has them all. */
const run = (folder: string, samples: readonly Sample[]) =>
	runDevice({
		...{ folder, clock: { now: () => Date.now() }, signal: new AbortController().signal, report: () => {} },
		...{ untilDrained: true, statusEvery: 1000, rosterEvery: 100 },
		link: { probe: null },
		source: {
			live: false,
			read: async function* () {
				for (const sample of samples) yield sample;
				await sleep(0);
			},
		},
	});

test('what a device sends open is signed once it is acknowledged, in the unit that is kept, and a run ends signed', async (t) => {
	const owner = await ownSite(site);
	const { identity } = await site.commissionDevice('hall', 'probe-1');
	const desk = await site.commissionReader('hall', 'desk');
	const [stream] = (await site.ask('device.show', { application: 'hall', device: 'probe-1' })).keys;
	const { rosters } = await owner.publish({
		devices: { 'probe-1': { key: stream?.key } },
		readers: {},
		streams: {
			'dose-rate': {
				...{ sealed: false, suite: 1, signed: { within: '10min' }, every: '10s', epoch: '1h' },
				...{ unit: 'Sv/h', essential: false },
			},
		},
	});
	for (const one of ['dose-rate', 'state']) await site.grant('hall', 'desk', 'probe-1', one);
	const samples = Array.from({ length: 300 }, (_, at) => ({
		...{ stream: 'dose-rate', time: start + at * 1000 },
		...{ value: at / 1e6, unit: 'Sv/h' },
	}));
	// RFC 8798: scaled units of the same quantity are taken, and kept in the stream's.
	await run(identity.folder, [...samples, { stream: 'state', time: start, value: 1500, unit: 'mm' }]);
	await run(identity.folder, [{ stream: 'dose-rate', time: start + 400_000, value: 5, unit: 'Sv/h' }]);

	const { cert, key, ca } = desk.tls;
	const client = connectRemote({ url: site.url, certificate: cert, key, serviceCa: ca });
	t.after(() => client.close());
	const roster = parseRoster(new TextEncoder().encode(rosters.get('hall')?.text ?? ''));
	/** What a reader believes of what is stored. */
	const read = async (of: string) => {
		const name = { application: 'hall', device: 'probe-1', stream: of };
		const view = new OpenView(name);
		const seen = { readings: 0, checkpoints: 0, signed: 0, findings: [] as string[], bytes: 0 };
		const { readings } = await client.call('readings.read', { ...name, after: '0', limit: 1000 });
		for (const row of readings) {
			if ('sealed' in row) {
				const bytes = Buffer.from(row.sealed, 'base64');
				const taken = view.takeCheckpoint(bytes, roster);
				seen.checkpoints++;
				seen.bytes += bytes.length;
				seen.signed += taken.signed.length;
				seen.findings.push(...taken.findings.map(({ code, detail }) => `${code}: ${detail}`));
				assert.ok(readOpenCheckpoint(bytes).checkpoint.number > start);
			} else {
				seen.readings++;
				view.takeReading({ time: row.time, record: encodeRecord({ value: row.value, unit: row.unit }) }, Date.now());
			}
		}
		return seen;
	};
	await until('all signed', async () => (await read('dose-rate')).signed === 301);
	const dose = await read('dose-rate');
	assert.deepEqual([dose.readings, dose.findings], [301, []]);
	const state = await read('state');
	assert.deepEqual([state.readings, state.checkpoints, state.signed, state.findings], [1, 1, 1, []]);
	using outbox = new Outbox(identity.folder);
	assert.deepEqual([outbox.unsigned.counts().size, outbox.unsigned.waiting().length], [0, 0]);
});

test('a checkpoint that was signed and not acknowledged is sent by the next run, as it was', async () => {
	const { identity } = await site.commissionDevice('hall', 'probe-2');
	{
		using outbox = new Outbox(identity.folder);
		outbox.signs = () => true;
		outbox.put({ stream: 'state', time: start, value: false, unit: '/' });
		const [row] = outbox.next(1);
		outbox.acknowledged([row?.id ?? 0], 'state');
		const covered = outbox.unsigned.oldest('state', 10);
		assert.equal(covered.length, 1);
		const checkpoint = { stream: 'state', number: 1, message: Uint8Array.of(1), hash: new Uint8Array(32) };
		outbox.unsigned.put(checkpoint, covered);
		assert.deepEqual(outbox.unsigned.oldest('state', 10), []);
	}
	using outbox = new Outbox(identity.folder);
	assert.deepEqual(
		outbox.unsigned.waiting().map(({ number, message }) => [number, [...message]]),
		[[1, [1]]],
	);
	assert.deepEqual(outbox.unsigned.last('state')?.number, 1);
	// Refused, it is made again; taken, it is over.
	outbox.unsigned.settle({ stream: 'state', number: 1 }, true);
	assert.deepEqual([outbox.unsigned.waiting(), outbox.unsigned.counts().get('state')], [[], 1]);
	outbox.unsigned.put(
		{ stream: 'state', number: 2, message: Uint8Array.of(2), hash: new Uint8Array(32) },
		outbox.unsigned.oldest('state', 10),
	);
	outbox.unsigned.settle({ stream: 'state', number: 2 });
	assert.equal(outbox.unsigned.counts().size, 0);
});

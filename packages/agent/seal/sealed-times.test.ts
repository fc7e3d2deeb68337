import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days } from '@keyward/core';
import { readSealedItem } from '@keyward/core/seal';
import { makeEphemeralAgreementKey } from '@keyward/custody';
import { ownSite } from '@keyward/testing/owner/owner';
import { startSite } from '@keyward/testing/service/site';
import { Outbox } from '../outbox/outbox.ts';
import { runDevice } from '../run.ts';
import type { RunEvent } from '../run-counters.ts';

const policy = `
application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10ms, readers: [desk], range: [0, 10] }
devices:
  probe: { custody: [software], streams: [dose-rate] }
`;

test('what is sealed is judged by its time before it is sealed: what is refused of an open stream is refused of it too', async (t) => {
	const site = await startSite(t, { policies: [policy], linkWorkers: 1, oldestReading: days(90) });
	const owner = await ownSite(site);
	const { identity } = await site.commissionDevice('hall', 'probe-1');
	const [key] = (await site.ask('device.show', { application: 'hall', device: 'probe-1' })).keys;
	const reader = Buffer.from(makeEphemeralAgreementKey().publicKey).toString('base64');
	await owner.publish({
		devices: { 'probe-1': { key: key?.key } },
		readers: { desk: { key: reader, streams: ['dose-rate'], purpose: 'read', expires: '2100-01-01T00:00:00Z' } },
		streams: {
			'dose-rate': {
				...{ sealed: true, suite: 1, signed: { within: '2s' }, every: null, epoch: '1h', unit: 'Sv/h' },
				essential: false,
			},
		},
	});
	const now = Date.now();
	const times = [now, now + 7_200_000, now - days(80), -4_503_599_630_516_224, now + 1];
	const run = async (retryRefused: boolean) => {
		const events: RunEvent[] = [];
		const counters = await runDevice({
			...{ folder: identity.folder, clock: { now: () => Date.now() }, retryRefused, untilDrained: true },
			signal: AbortSignal.timeout(60_000),
			report: (event) => void events.push(event),
			link: { probe: null },
			source: {
				live: false,
				read: async function* () {
					for (const time of times.splice(0)) yield { stream: 'dose-rate', time, unit: 'Sv/h', value: 1e-7 };
				},
			},
		});
		return { counters, said: events.flatMap((event) => (event.event === 'refused' ? [event] : [])) };
	};
	const { counters, said } = await run(false);
	assert.deepEqual(counters.refused, { 'reading-time-future': 1, 'reading-time-past': 2 });
	assert.equal(counters.accepted, 2);
	assert.match(said[0]?.detail ?? '', /is ahead of the service's clock by more than 60 s; set the device's clock$/);
	assert.match(said[1]?.detail ?? '', /is before \d{4}-.*, the first that is taken of this device; look at its clock$/);
	// What is tried again was never sealed: it does not leave as it is either.
	assert.deepEqual((await run(true)).counters.refused, { 'reading-time-future': 1, 'reading-time-past': 2 });
	using outbox = new Outbox(identity.folder);
	assert.equal(outbox.refusals().kept.length, 3);
	const kinds = outbox.sealedReadings('dose-rate').map((bytes) => readSealedItem(bytes).kind);
	assert.deepEqual(kinds, ['reading', 'reading']);
});

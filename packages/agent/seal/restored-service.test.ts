import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { days, hours } from '@keyward/core';
import { parseRoster, ReaderView } from '@keyward/core/seal';
import { makeEphemeralAgreementKey } from '@keyward/custody';
import { until } from '@keyward/testing/agent/until';
import { ownSite } from '@keyward/testing/owner/owner';
import { openSession } from '@keyward/testing/service/wire';
import { startSite } from '@keyward/testing/service/site';
import { openIdentity } from '../identity/identity.ts';
import { rosterOf } from '../roster/device-roster.ts';
import { runDevice } from '../run.ts';
import type { RunEvent } from '../run-counters.ts';

const policy = `
application: hall
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  dose-rate: { unit: Sv/h, every: 10ms, readers: [desk] }
devices:
  probe: { custody: [software], streams: [dose-rate] }
`;

test('a device whose clock is past its roster holds back, and one whose service was restored from before its epoch announces it again, or waits for the newer roster: nothing is lost, and nothing goes open', async (t) => {
	const site = await startSite(t, { policies: [policy], linkWorkers: 1 });
	const owner = await ownSite(site);
	const { identity } = await site.commissionDevice('hall', 'probe-1');
	const [key] = (await site.ask('device.show', { application: 'hall', device: 'probe-1' })).keys;
	const reader = makeEphemeralAgreementKey();
	const desk = await site.commissionReader('hall', 'desk');
	const members = {
		devices: { 'probe-1': { key: key?.key } },
		readers: {
			desk: {
				key: Buffer.from(reader.publicKey).toString('base64'),
				...{ streams: ['dose-rate'], purpose: 'read', expires: '2100-01-01T00:00:00Z' },
			},
		},
		streams: {
			'dose-rate': {
				...{ sealed: true, suite: 1, signed: { within: '60s' }, every: null, epoch: '1h', unit: 'Sv/h' },
				essential: false,
			},
		},
	};
	const { rosters } = await owner.publish(members);
	const roster = parseRoster(Buffer.from(rosters.get('hall')?.text ?? ''));
	const backup = join(identity.folder, 'backup-of-the-service');
	// Nothing writes while it is stopped.
	await site.restart(async (folder) => {
		await cp(folder, backup, { recursive: true, filter: (path) => !path.endsWith('.sock') });
	});

	let skew = days(2);
	const values: number[] = [];
	const events: RunEvent[] = [];
	const stop = new AbortController();
	const done = runDevice({
		...{ folder: identity.folder, clock: { now: () => Date.now() + skew }, signal: stop.signal },
		...{ report: (event) => void events.push(event), statusEvery: 50, rosterEvery: 100 },
		// What is withheld is sent again when the roster comes, and not by chance before.
		link: { longestWait: 300, probe: null, withheldWait: hours(1) },
		source: {
			live: false,
			read: async function* (signal) {
				for (; !signal.aborted; await sleep(5)) {
					const value = values.shift();
					if (value !== undefined) yield { stream: 'dose-rate', time: Date.now(), value, unit: 'Sv/h' };
				}
			},
		},
	});
	done.catch(() => {});
	t.after(async () => {
		stop.abort();
		await done;
	});
	const accepted = (): number =>
		Math.max(0, ...events.map((event) => (event.event === 'status' ? event.counters.accepted : 0)));
	const refused = (): boolean => events.some(({ event }) => event === 'refused');
	values.push(1);
	await until('held back', () => events.some((event) => event.event === 'warning' && event.code === 'roster-stale'));
	assert.equal(accepted(), 0);
	assert.ok(!events.some(({ event }) => event === 'complaint'), 'nothing of the source was left out');
	skew = 0;
	await until('delivered', () => accepted() === 1);

	const restore = (): Promise<void> =>
		site.restart(async (folder) => {
			// The agent writes in it meanwhile.
			await rm(folder, { recursive: true, maxRetries: 10 });
			await cp(backup, folder, { recursive: true });
		});
	// The backup knows neither the epoch nor the reading.
	await restore();
	const session = await openSession(t, site, desk);
	session.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'hall/probe-1/dose-rate', qos: 0 }] });
	await session.next('suback');
	values.push(2);
	const view = new ReaderView({ application: 'hall', device: 'probe-1', stream: 'dose-rate' });
	const read: unknown[] = [];
	while (read.length < 1) {
		const { payload } = await session.next('publish');
		const trust = { rosters: [roster], key: { agreement: reader }, now: Date.now() } as const;
		const row = await view.take(Uint8Array.from(Buffer.from(payload)), trust);
		if (row.reading !== null) read.push(row.reading.value);
	}
	assert.deepEqual(read, [2]);
	assert.ok(!refused());

	// Nor does it know the roster that came after it. What is sealed under that waits until the owner publishes it again.
	const newer = await owner.publish(members);
	const served = await openIdentity(identity.folder);
	await until('the newer roster', async () => {
		const state = await rosterOf(served, Date.now());
		return state?.state === 'current' && state.roster.number === 2;
	});
	const before = accepted();
	await restore();
	values.push(3, 4);
	await until('withheld', () =>
		events.some(
			(event) => event.event === 'link' && event.link.state === 'withheld' && event.link.why.includes('epoch-roster'),
		),
	);
	values.push(5);
	await site.ask('owner.publish', { files: newer.files });
	await until('sent again', () => accepted() === before + 3);
	assert.ok(!refused());
	// Before the site ends, and with it the folder that the agent looks into.
	stop.abort();
	await done;
});

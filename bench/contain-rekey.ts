import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunEvent, runDevice, type Source, wallClock } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { connectLocal } from '@keyward/client';
import { startServiceProcess } from '@keyward/testing/service/service-process';
import { until } from '@keyward/testing/agent/until';

// Three agents without updates, one contained: the others get new keys one at a time, though the service is killed in the middle.

const application = 'hall';
const home = mkdtempSync(join(tmpdir(), 'keyward-contain-rekey-'));
const data = join(home, 'data');
let service = await startServiceProcess(data);
const { httpsPort, mqttsPort } = service;
const stop = new AbortController();
const runs: Promise<unknown>[] = [];
const events = new Map<string, RunEvent[]>();
const names = ['probe-1', 'probe-2', 'probe-3'];

const counting: Source = {
	live: true,
	read: async function* (signal) {
		while (!signal.aborted) {
			yield { stream: 'state', time: Date.now(), value: 1, unit: '/' };
			await new Promise((resolve) => setTimeout(resolve, 200));
		}
	},
};

const within = async <Value>(use: (operator: ReturnType<typeof connectLocal>) => Promise<Value>): Promise<Value> => {
	const operator = connectLocal(data);
	try {
		return await use(operator);
	} finally {
		operator.close();
	}
};
const linked = (device: string): boolean =>
	events.get(device)?.findLast((one) => one.event === 'link')?.link.state === 'connected';
const changes = (device: string): number => events.get(device)?.filter(({ event }) => event === 're-keyed').length ?? 0;

try {
	for (const device of names) {
		const commissioning =
			device === 'probe-1'
				? service.device
				: (await within((operator) => operator.call('device.expect', { application, device }))).commissioning;
		const folder = join(home, device);
		await commission({ commissioning, folder, kind: 'device', clock: wallClock, allowPlainKey: true });
		const seen: RunEvent[] = [];
		events.set(device, seen);
		const { signal } = stop;
		const more = { link: { longestWait: 300 }, askedEvery: 1000 };
		const report = (event: RunEvent): void => void seen.push(event);
		runs.push(runDevice({ folder, source: counting, clock: wallClock, signal, report, ...more }));
	}
	await until('three are connected', () => names.every(linked));
	const rekey = { of: 'class', wave: 1 } as const;
	const { incident } = await within((operator) =>
		operator.call('device.contain', { application, device: 'probe-1', since: 0, reason: 'found open', rekey }),
	);
	const progress = () => within((operator) => operator.call('incident.show', { number: incident }));
	let most = 0;
	await until('one is asked', async () => {
		const { rekey: now } = await progress();
		most = Math.max(most, now?.asked ?? 0);
		return now !== null && (now.asked > 0 || now.renewed > 0);
	});
	await service.kill();
	const before = names.map(changes);
	assert.ok(
		before.some((count, index) => index > 0 && count === 0),
		'both were done before the service was killed',
	);

	service = await startServiceProcess(data, httpsPort, mqttsPort);
	await until('all that are left have a new key', async () => {
		const { rekey: now } = await progress();
		most = Math.max(most, now?.asked ?? 0);
		return now?.renewed === 2;
	});
	await until('both use it', () =>
		names.every((device, index) => index === 0 || (changes(device) === 1 && linked(device))),
	);
	const { rekey: end } = await progress();
	assert.deepEqual([end?.affected, end?.renewed, end?.asked, most], [2, 2, 0, 1]);
	assert.ok(!linked('probe-1') && changes('probe-1') === 0, 'the contained one is kept out, and gets no key');
	for (const device of names.slice(1)) {
		const { state, certificates } = await within((operator) => operator.call('device.show', { application, device }));
		const valid = certificates.filter(({ revoked }) => revoked === null);
		assert.deepEqual([state, valid.length], ['active', 1], device);
		assert.ok(certificates.length >= 2, device);
	}
	assert.ok((await within((operator) => operator.call('ledger.verify', {}))).every(({ ok }) => ok));
	console.log(
		`killed when ${before.filter((count) => count > 0).length} had changed: two of two have a new key, one at a time`,
	);
} finally {
	stop.abort();
	await Promise.allSettled(runs);
	await service.kill();
	rmSync(home, { recursive: true, force: true });
}

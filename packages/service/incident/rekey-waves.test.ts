import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { IncidentSummary } from '@keyward/contract';
import { days, hours, type Instant, instant, minutes } from '@keyward/core';
import { softwareKey } from '@keyward/core/device';
import type { IssuedCertificate, PrincipalName } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { openAskedRecord } from '../agility/asked-record.ts';
import { createRekeyWaves } from './rekey-waves.ts';

const began = instant('2026-11-22T12:00:00Z');
const device = (id: string): PrincipalName => ({ kind: 'device', application: 'hall', id });

const incidentWith = (wave: number, of: 'class' | 'application'): IncidentSummary => ({
	...{ number: 1, application: 'hall', device: 'opened', opened: began, cause: 'reported', by: 'operator' },
	...{ reason: 'found open', times: 1, last: began, evidence: [], closed: null },
	containment: {
		...{
			asked: began,
			since: began,
			by: 'operator',
			reason: 'found open',
			steps: [],
			took: 1,
			awaits: [],
			tainted: [],
		},
		rekey: { of, class: 'probe', wave, asked: began },
	},
});

/** Devices with a key of a week ago each, and waves of new keys for them. */
const open = async (classes: Readonly<Record<string, string>>, wave: number, of: 'class' | 'application' = 'class') => {
	let now: Instant = began + minutes(1);
	const store = openMemoryStore();
	const certificates = new Map<string, IssuedCertificate[]>();
	const issue = (id: string, at: Instant, key: Uint8Array = Uint8Array.from(randomBytes(32))): void => {
		const fingerprint = Uint8Array.from(randomBytes(32));
		const lasts = { notBefore: at, notAfter: at + days(90) };
		const one = { fingerprint, serial: '1', principal: device(id), key, evidence: softwareKey, ...lasts };
		certificates.set(id, [...(certificates.get(id) ?? []), { ...one, der: fingerprint, revoked: null }]);
	};
	for (const [id, className] of Object.entries(classes)) {
		const principal = device(id);
		const hash = Uint8Array.from(randomBytes(32));
		await store.expect(
			{ ...principal, class: className, part: null, state: 'expected', at: began },
			{ hash, principal, expires: began + 1, spentFor: null },
		);
		await store.setState(principal, 'expected', 'commissioned', began);
		issue(id, began - days(7));
	}
	const incident = incidentWith(wave, of);
	const waves = async () =>
		createRekeyWaves(
			store,
			{ certificates: async ({ id }) => certificates.get(id) ?? [] },
			{ all: () => [incident] },
			await openAskedRecord(store),
			{ now: () => now },
		);
	return {
		...{ store, incident, issue, waves },
		now: () => now,
		pass: (by: number) => {
			now += by;
		},
		keyOf: (id: string) => certificates.get(id)?.at(-1)?.key,
	};
};

const names = Array.from({ length: 12 }, (_, index) => `d${index}`);
const probes = Object.fromEntries(names.map((id) => [id, 'probe']));

test('so many at once are asked for a new key, each once, until all have one; a restart goes on', async () => {
	const { incident, issue, waves, now, pass } = await open({ ...probes, other: 'camera' }, 3);
	let site = await waves();
	let renewed = 0;
	const asked = new Map<string, number>();
	while (renewed < names.length) {
		const round: string[] = [];
		for (const id of names) if (await site.mustRekey(device(id))) round.push(id);
		assert.ok(round.length > 0 && round.length <= 3, round.join(' '));
		assert.deepEqual(await site.progress(incident), { affected: 12, renewed, asked: round.length });
		// The power goes while some are asked: nobody takes their places, and they are asked again.
		const between = renewed === 3 ? names.filter((id) => !round.includes(id)) : [];
		if (renewed === 3) site = await waves();
		for (const id of between) assert.equal(await site.mustRekey(device(id)), false, id);
		if (renewed === 3) for (const id of round) assert.equal(await site.mustRekey(device(id)), true, id);
		pass(minutes(1));
		for (const id of round) {
			asked.set(id, (asked.get(id) ?? 0) + 1);
			issue(id, now());
		}
		renewed += round.length;
		for (const id of round) assert.equal(await site.mustRekey(device(id)), false);
	}
	assert.deepEqual(
		[...asked.values()],
		names.map(() => 1),
	);
	assert.deepEqual(await site.progress(incident), { affected: 12, renewed: 12, asked: 0 });
	assert.equal(await site.mustRekey(device('other')), false, 'of another class');
});

test('a renewal of the old key is no new key, and a device that fails keeps others from failing alike', async () => {
	const { incident, issue, waves, now, pass, keyOf } = await open(probes, 2);
	const site = await waves();
	assert.deepEqual([await site.mustRekey(device('d0')), await site.mustRekey(device('d1'))], [true, true]);
	issue('d0', now(), keyOf('d0'));
	for (let turn = 0; turn < 5; turn++) {
		pass(minutes(30));
		assert.deepEqual([await site.mustRekey(device('d0')), await site.mustRekey(device('d1'))], [true, true]);
		assert.equal(await site.mustRekey(device('d2')), false);
	}
	assert.deepEqual(await site.progress(incident), { affected: 12, renewed: 0, asked: 2 });
	// One that is not heard of any more makes room.
	pass(hours(1));
	assert.equal(await site.mustRekey(device('d2')), true);
	// A clock that is set back keeps nobody waiting until it is there again.
	pass(0 - days(1));
	assert.equal(await site.mustRekey(device('d3')), true);
});

test('all devices of the application, where that was asked; none that is out of service or has no key', async () => {
	const { store, incident, waves, now } = await open(
		{ one: 'probe', two: 'camera', three: 'camera' },
		9,
		'application',
	);
	const site = await waves();
	await store.retire(device('three'), { at: now(), cause: 'unspecified', reason: 'test' });
	assert.deepEqual(await site.progress(incident), { affected: 2, renewed: 0, asked: 0 });
	assert.deepEqual([await site.mustRekey(device('two')), await site.mustRekey(device('three'))], [true, false]);
	assert.equal(await site.mustRekey(device('nobody')), false);
});

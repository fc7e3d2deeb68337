import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { test } from 'node:test';
import type { Operations } from '@keyward/contract';
import { Problem } from '@keyward/core';
import type { Caller } from '@keyward/core/authorize';
import { parsePolicy } from '@keyward/core/policy';
import { openMemoryStore } from '@keyward/store/memory';
import { admit, probe } from '@keyward/testing/store/registry';
import { openDeviceReports } from '../evidence/device-reports.ts';
import type { ApiDependencies } from './answer.ts';
import { deviceReport } from './device-report.ts';
import { hallPolicy, startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';

type Said = Partial<Operations['device.report']['input']>;

const classOf = (more: string): string =>
	hallPolicy.replace('streams: [dose-rate, state] }', `streams: [dose-rate, state], ${more} }`);

/** The status of the answer that the device gets. */
const report = async (site: TestSite, { tls }: TestIdentity, said: Said): Promise<number> => {
	const sent = request({
		...{ ...tls, host: '127.0.0.1', servername: 'localhost', port: site.httpsPort, agent: false, method: 'POST' },
		...{ path: '/v1/operations/device.report', headers: { 'content-type': 'application/json' } },
	});
	sent.end(JSON.stringify({ scope: 'machine', ports: [], services: [], debug: [], tamper: [], ...said }));
	const [response] = (await once(sent, 'response')) as [IncomingMessage];
	response.resume();
	await once(response, 'end');
	return response.statusCode ?? 0;
};

const weaknessesOf = async (site: TestSite, requirement: string): Promise<(readonly [string, string])[]> =>
	(await site.ask('posture', { application: 'hall', level: 4 }))
		.flatMap(({ objectives }) => objectives.flatMap(({ weakest }) => weakest))
		.filter((one) => one.requirement === requirement && one.component.kind === 'device')
		.map(({ component, reason }) => [component.id, reason]);

test('what a device reports is evidence, outlives a restart, and an opened case is an incident and a quarantine', async (t) => {
	const site = await startSite(t, {
		policies: [classOf('ports: [tcp/22], services: [ssh], on-tamper: quarantine')],
		linkWorkers: 0,
	});
	const one = await site.commissionDevice('hall', 'probe-1');
	const two = await site.commissionDevice('hall', 'probe-2');
	assert.deepEqual(await weaknessesOf(site, 'least-function'), [
		['probe-1', 'no evidence'],
		['probe-2', 'no evidence'],
	]);
	const lid = (opened: boolean): Said => ({ tamper: [{ name: 'lid', opened }] });
	assert.equal(await report(site, one, { ports: ['tcp/23'], ...lid(false) }), 200);
	assert.equal(await report(site, two, lid(true)), 200);
	const found = [
		['probe-1', 'claimed open and not declared: tcp/23'],
		['probe-2', 'evidence is only claimed, asked observed'],
	];
	// It never was opened, and so nobody has seen that it would be heard of.
	const tamper = [['probe-1', 'evidence is only claimed, asked observed']];
	assert.deepEqual(await weaknessesOf(site, 'least-function'), found.slice(0, 1));
	assert.deepEqual(await weaknessesOf(site, 'tamper-noticed'), tamper);
	const [incident] = await site.ask('incident.list', { application: 'hall' });
	assert.deepEqual(
		[incident?.device, incident?.cause, incident?.reason],
		['probe-2', 'tamper', 'its case was opened: lid'],
	);
	const stateOf = async (device: string) => (await site.ask('device.show', { application: 'hall', device })).state;
	assert.equal(await stateOf('probe-2'), 'quarantined');
	assert.notEqual(await report(site, two, lid(false)), 200, 'it is kept out');

	await site.restart();
	assert.deepEqual(await weaknessesOf(site, 'least-function'), found.slice(0, 1));
	// Released while its case still stands open: the operator has decided, and the next report changes nothing.
	await site.ask('device.release', { application: 'hall', device: 'probe-2' });
	assert.equal(await report(site, two, lid(true)), 200);
	assert.notEqual(await stateOf('probe-2'), 'quarantined');
	const bad = await weaknessesOf(site, 'tamper-noticed');
	assert.match(bad.find(([id]) => id === 'probe-2')?.[1] ?? '', /its case was opened: lid; incident 1 is open/);
	await report(site, two, lid(false));
	await site.ask('incident.close', { number: incident?.number ?? 0, reason: 'a drill' });
	assert.deepEqual(await weaknessesOf(site, 'tamper-noticed'), tamper);
	assert.deepEqual(await weaknessesOf(site, 'least-function'), found);

	// Another device under the name, and nothing that the one before said is its word.
	await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-2', reason: 'lost' });
	const next = await site.commissionDevice('hall', 'probe-2');
	const fresh = [found[0], ['probe-2', 'no evidence']];
	assert.deepEqual(await weaknessesOf(site, 'least-function'), fresh);
	await site.restart();
	assert.deepEqual(await weaknessesOf(site, 'least-function'), fresh);
	assert.equal(await report(site, next, { ports: ['tcp/22'] }), 200);
	assert.deepEqual(await weaknessesOf(site, 'least-function'), found);

	for (const wrong of [{ ports: ['22'] }, { ports: ['tcp/0'] }, { services: ['a b'] }, { tamper: [{ name: '' }] }])
		assert.equal(await report(site, one, wrong as Said), 400);
});

test('an opened case keeps the device out also where the disk failed at first, and only once', async () => {
	const store = openMemoryStore();
	const { fingerprint } = await admit(store, probe);
	const policy = parsePolicy(classOf('on-tamper: quarantine').replace('probe:', 'gamma-probe:'));
	await using deviceReports = await openDeviceReports(store, { now: () => 1000 }, assert.ifError);
	let fails = true;
	let kept = 0;
	const answer = deviceReport({
		...{ store, deviceReports, noticed: async () => {}, policies: { policyOf: () => policy } },
		registrar: {
			quarantine: async () => {
				if (fails) throw new Problem('store-failed', 'The disk is full.');
				kept++;
			},
		},
		cuts: { of: async (_of: unknown, _why: unknown, record: () => Promise<unknown>) => record() },
	} as unknown as ApiDependencies);
	const caller = { kind: 'certificate', fingerprint: Buffer.from(fingerprint).toString('hex') } as unknown as Caller;
	const allowed = { allowed: true, principal: probe, until: 0, breaches: [] } as const;
	const machine = { scope: 'machine', ports: [], services: [], debug: [] } as const;
	const said = () => answer({ ...machine, tamper: [{ name: 'lid', opened: true }] }, allowed, caller);
	await assert.rejects(said, { code: 'store-failed' });
	fails = false;
	await said();
	assert.equal(kept, 1);
	await said();
	assert.equal(kept, 1, 'an operator may have released it');
});

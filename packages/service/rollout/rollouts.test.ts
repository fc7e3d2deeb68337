import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { request } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { Operations } from '@keyward/contract';
import { until } from '@keyward/testing/agent/until';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import { hallPolicy, startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';
import { openSession, readingPacket } from '@keyward/testing/service/wire';

type Said = Partial<Operations['update.assignment']['input']>;

/** Asks as the device does, over its own link. */
const assigned = async (site: TestSite, { tls }: TestIdentity, said: Said): Promise<string | null> => {
	const sent = request({
		...{ ...tls, host: '127.0.0.1', servername: 'localhost', port: site.httpsPort, agent: false, method: 'POST' },
		...{ path: '/v1/operations/update.assignment', headers: { 'content-type': 'application/json' } },
	});
	sent.end(JSON.stringify({ running: '1.0.0', floor: 0, state: 'idle', lastError: null, ...said }));
	const [response] = (await once(sent, 'response')) as [IncomingMessage];
	let text = '';
	for await (const part of response.setEncoding('utf8')) text += part;
	assert.equal(response.statusCode, 200, text);
	return (JSON.parse(text) as Operations['update.assignment']['output']).release;
};

const terms: Operations['rollout.start']['input']['terms'] = {
	rings: [{ kind: 'devices', devices: ['probe-1'] }],
	...{ soak: 1, patience: 3_600_000, mostFailing: 0, spread: 5, bytesPerSecond: null },
};

const path = 'releases/hall/probe/2.0.0/image';

const staged = `application: annex
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
tighten: { staged-rollout: true }
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [] }
devices:
  probe: { custody: [software], streams: [dose-rate] }
`;

test('a release goes out ring by ring, halts when a device gives up, goes on, outlives a restart, and is stopped for good', async (t) => {
	const site = await startSite(t, { policies: [hallPolicy, staged] });
	const owner = await ownSite(site);
	const { publish } = releasesOf(site, owner, dirname(site.folder));
	const devices = [];
	for (const id of ['probe-1', 'probe-2', 'probe-3']) devices.push(await site.commissionDevice('hall', id, 'probe'));
	const [one, two, three] = devices as [TestIdentity, TestIdentity, TestIdentity];
	const application = 'hall';
	const starting = { application, version: '2.0.0', terms };
	await assert.rejects(site.ask('rollout.start', starting), { code: 'rollout-refused' }, 'nobody signed it');
	await publish(makeRelease('2.0.0'));

	const { id } = await site.ask('rollout.start', starting);
	const now = async () => (await site.ask('rollout.show', { id })).rollout;
	await assert.rejects(site.ask('rollout.start', starting), {
		code: 'rollout-refused',
		message: /waits for 3 of its 3 devices \(probe-1, probe-2, probe-3\).*: keyward rollout halt --application hall/,
	});
	assert.deepEqual(
		[await assigned(site, one, {}), await assigned(site, two, {})],
		[path, null],
		'the ring of the second is not open',
	);
	const wire = await openSession(t, site, one);
	wire.send(readingPacket('probe-1', 1, [{ time: Date.now() - 5000 }]));
	await wire.next('puback');
	assert.equal(await assigned(site, one, { running: '2.0.0' }), null, 'it runs it');
	await until('it is watched', async () => (await now()).rings[0]?.installed === 1);
	// It says that all is well: what counts is that its readings go on.
	wire.send(readingPacket('probe-1', 2, [{ time: Date.now() }]));
	await wire.next('puback');
	await until('its ring is through', async () => (await now()).ring === 1);

	assert.equal(await assigned(site, two, {}), path);
	assert.equal(await assigned(site, two, { state: 'fallen-back', lastError: 'it did not connect' }), path);
	await until('it halts', async () => (await now()).state === 'halted');
	assert.match((await now()).reason ?? '', /^1 of the 2 of ring 2 failed: probe-2 \(it gave up: it did not connect\)/);
	assert.equal(await assigned(site, three, {}), null, 'nobody else is told');
	const shown = await site.ask('rollout.show', { id });
	assert.equal(shown.devices.find(({ device }) => device === 'probe-2')?.said?.state, 'fallen-back');

	await site.restart();
	assert.equal((await now()).state, 'halted');
	assert.equal(await assigned(site, two, {}), null);
	await site.ask('rollout.resume', { id });
	assert.deepEqual([await assigned(site, two, {}), await assigned(site, three, {})], [path, path]);
	await site.ask('rollout.pause', { id, reason: 'a holiday' });
	assert.equal(await assigned(site, two, {}), null);
	await site.ask('rollout.stop', { id, reason: 'an emergency' });
	await assert.rejects(site.ask('rollout.resume', { id }), { code: 'rollout-refused' });
	assert.equal((await site.ask('rollout.list', { application }))[0]?.reason, 'an emergency');
	// What runs a newer version is never well with this one: shown as such beside others, and refused where there is nobody else.
	await assigned(site, one, { running: '2.1.0' });
	const again = await site.ask('rollout.start', { ...starting, terms: { ...terms, rings: [] } });
	await until('it is seen', async () =>
		(await site.ask('rollout.show', { id: again.id })).devices.some(({ stage }) => stage === 'newer'),
	);
	assert.equal((await site.ask('rollout.show', { id: again.id })).rollout.rings[0]?.well, 0);
	await site.ask('rollout.stop', { id: again.id, reason: 'seen' });
	for (const each of [two, three]) await assigned(site, each, { running: '2.1.0' });
	await assert.rejects(site.ask('rollout.start', starting), {
		code: 'rollout-refused',
		message: /Every device of hall that 2\.0\.0 is for runs a newer version \(probe-1, probe-2, probe-3\)/,
	});
	await assert.rejects(site.ask('rollout.show', { id: 'absent' }), { code: 'rollout-unknown' });

	// Where the policy asks for stages, a rollout that has none is refused.
	for (const device of ['probe-1', 'probe-2']) await site.commissionDevice('annex', device, 'probe');
	await publish(makeRelease('2.0.0', { application: 'annex' }));
	const start = (change: Partial<typeof terms>) =>
		site.ask('rollout.start', { application: 'annex', version: '2.0.0', terms: { ...terms, ...change } });
	await assert.rejects(start({ rings: [] }), { code: 'rollout-refused', message: /2 of 2 devices.*staged-rollout/ });
	await assert.rejects(start({ mostFailing: 1 }), { code: 'rollout-refused' });
	assert.equal((await start({})).state, 'running');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IssuedCertificate } from '@keyward/core/port';
import { openMemoryStore } from '@keyward/store/memory';
import { until } from '@keyward/testing/agent/until';
import { startSite, type TestIdentity } from '@keyward/testing/service/site';
import { openSession } from '@keyward/testing/service/wire';
import { openClientWatch } from './client-watch.ts';

test('a device whose key is used by another client opens one incident, over a restart too; the same client opens nothing', async (t) => {
	const site = await startSite(t, { linkWorkers: 1 });
	const [probe, calm] = [await site.commissionDevice('hall', 'probe-1'), await site.commissionDevice('hall', 'calm')];
	const connect = async (identity: TestIdentity, options: { readonly ALPNProtocols?: string[] } = {}) => {
		const wire = await openSession(t, site, { ...identity, tls: { ...identity.tls, ...options } });
		wire.send({ cmd: 'disconnect' });
		await wire.ended();
	};
	const incidents = async () => (await site.ask('incident.list', {})).map(({ device, cause }) => [device, cause]);
	for (const identity of [probe, calm, probe, calm]) await connect(identity);
	await site.restart();
	await connect(calm);
	assert.deepEqual(await incidents(), []);
	await connect(probe, { ALPNProtocols: ['mqtt'] });
	const alarmed = [['probe-1', 'handshake-changed']];
	await until('the copied key is alarmed', async () => (await incidents()).length > 0);
	// Both in turn: the incident that is open is the one.
	await connect(probe);
	await connect(probe, { ALPNProtocols: ['mqtt'] });
	assert.deepEqual(await incidents(), alarmed);
	const { state } = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
	assert.equal(state, 'active');
});

test('a newer certificate and a later release explain another client; an older certificate and a version said alone do not', async () => {
	const store = openMemoryStore();
	const seen: string[] = [];
	const open = () =>
		openClientWatch({
			store,
			notices: { see: (detector) => void seen.push(detector) },
			running: () => version,
			isReleased: (_, one) => one !== '9.9.9',
			report: (error) => assert.ifError(error),
		});
	let version: string | null = '1.0.0';
	const certificate = (number: number, kind: 'device' | 'reader' = 'device') =>
		({
			...{ principal: { kind, application: 'hall', id: 'probe-1' }, fingerprint: Uint8Array.of(number) },
			notBefore: number,
		}) as IssuedCertificate;
	let watch = await open();
	const told = (number: number, hello: string): number => {
		seen.length = 0;
		watch.connected(certificate(number), hello);
		return seen.length;
	};
	assert.equal(told(1, 'agent'), 0);
	assert.equal(told(1, 'agent'), 0);
	await watch.stop();
	watch = await open();
	assert.equal(told(1, 'other'), 1, 'known over a restart');
	assert.equal(told(1, 'other'), 0, 'told once');
	assert.equal(told(2, 'agent'), 0, 'a newer certificate');
	assert.equal(told(1, 'other'), 1, 'the older certificate again');
	assert.equal(told(2, 'agent'), 1, 'and back');
	version = '9.9.9';
	assert.equal(told(2, 'other'), 1, 'no release');
	version = '1.1.0';
	assert.equal(told(2, 'agent'), 0, 'a later release');
	version = '1.0.0';
	assert.equal(told(2, 'other'), 1, 'an earlier release');
	version = null;
	assert.equal(told(2, 'agent'), 1, 'no version');
	seen.length = 0;
	watch.connected(certificate(1, 'reader'), 'reader');
	watch.connected(certificate(1, 'reader'), 'other');
	assert.deepEqual(seen, []);
	await watch.stop();
	await store.close();
});

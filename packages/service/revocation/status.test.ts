import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { isCrlOf, readCrl } from '@keyward/core/format';
import { hallPolicy, startSite } from '@keyward/testing/service/site';

test('a running site tells others of a revocation within a second, with its cause, and its own operator what it let in', async (t) => {
	const site = await startSite(t, { httpPort: 0, linkWorkers: 0 });
	await site.apply(hallPolicy.replace('authenticity: 2', 'authenticity: 3').replace('enforce', 'audit'));
	const probe = await site.commissionDevice('hall', 'probe-1');

	const shown = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
	const [certificate] = shown.certificates;
	assert.deepEqual(
		shown.findings.map(({ requirement }) => requirement),
		['key-custody', 'expected-device'],
	);
	const { counters } = await site.ask('site.status', {});
	assert.deepEqual([counters['enrolled'], counters['enrolled-below-policy']], [1, 2]);

	const x509 = new X509Certificate(probe.identity.certificate);
	const [, base] = /CA Issuers - URI:(http:\/\/localhost:\d+)\/ca\//.exec(x509.infoAccess ?? '') ?? [];
	const [, name] = /\/ca\/([0-9a-f]{64})\.cer/.exec(x509.infoAccess ?? '') ?? [];
	assert.ok(base !== undefined && name !== undefined, x509.infoAccess);
	const get = async (path: string): Promise<Uint8Array> =>
		new Uint8Array(await (await fetch(base + path)).arrayBuffer());
	const issuing = new X509Certificate(await get(`/ca/${name}.cer`));
	const list = async () => {
		const der = await get(`/crl/${name}.crl`);
		assert.ok(isCrlOf(der, new Uint8Array(issuing.publicKey.export({ type: 'spki', format: 'der' }))));
		return readCrl(der);
	};
	const before = await list();
	assert.deepEqual(before.entries, []);

	const revoke = {
		kind: 'device',
		application: 'hall',
		id: 'probe-1',
		reason: 'stolen',
		cause: 'keyCompromise',
	} as const;
	await site.ask('principal.revoke', revoke);
	let after = await list();
	while (after.entries.length === 0) after = await list();
	assert.deepEqual(
		after.entries.map(({ serial, cause }) => [serial, cause]),
		[[certificate?.serial, 'keyCompromise']],
	);
	assert.ok(after.number > before.number);
	const { certificates } = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
	assert.deepEqual([certificates[0]?.revoked?.cause, certificates[0]?.revoked?.reason], ['keyCompromise', 'stolen']);
	// What a stranger may not have is not here, and what a stranger did here is counted.
	assert.equal((await fetch(`${base}/healthz`)).status, 404);
	const seen = async (): Promise<number> => (await site.ask('site.status', {})).counters['no-such-thing'] ?? 0;
	while ((await seen()) === 0) await setImmediate();
});

test('without a port for it nothing is told, and certificates name no address', async (t) => {
	const site = await startSite(t, { linkWorkers: 0 });
	const probe = await site.commissionDevice('hall', 'probe-1');
	assert.equal(new X509Certificate(probe.identity.certificate).infoAccess, undefined);
});

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commission } from '@keyward/agent/commission';
import { hallPolicy } from '@keyward/testing/service/site';
import { connectPacket, openWire, readingPacket } from '@keyward/testing/service/wire';
import { serve, type ServiceOptions } from './index.ts';

test('a site that has an IPv6 address alone is joined, written to and asked there', async (t) => {
	const home = await mkdtemp(join(tmpdir(), 'keyward-ipv6-'));
	t.after(() => rm(home, { recursive: true, force: true }));
	const reported: unknown[] = [];
	const options: ServiceOptions = {
		...{ data: join(home, 'data'), host: '::1', name: '::1', operatorSocket: false, linkWorkers: 1 },
		...{ httpsPort: 0, mqttsPort: 0, httpPort: 0, metrics: { host: '::1', port: 0 } },
	};
	await assert.rejects(
		serve({ ...options, name: 'fe80::1%lo' }, () => {}),
		{ code: 'site-configuration' },
	);
	const site = await serve(options, (error) => reported.push(error));
	t.after(() => site.stop());
	for (const url of [site.url, site.mqttUrl, site.statusUrl, site.metricsUrl]) {
		const { hostname, port } = new URL(url ?? '');
		assert.ok(hostname === '[::1]' && Number(port) > 0, String(url));
	}
	assert.equal((await fetch(site.metricsUrl ?? '')).status, 200);
	await site.call('policy.apply', { text: hallPolicy });
	const { commissioning } = await site.call('device.expect', { application: 'hall', device: 'probe-1' });
	const clock = { now: () => Date.now() };
	const { certificate, privateKey, serviceCa } = await commission({
		...{ commissioning, folder: join(home, 'device'), kind: 'device', clock, allowPlainKey: true },
	});
	const [, list = ''] = /CA Issuers - URI:(\S+)/.exec(new X509Certificate(certificate).infoAccess ?? '') ?? [];
	assert.equal((await fetch(list)).status, 200, list);
	const tls = { cert: certificate, key: await privateKey(), ca: serviceCa };
	const wire = await openWire(t, { mqttsPort: Number(new URL(site.mqttUrl).port) }, { tls }, 5, {
		...{ host: '::1', servername: '' },
	});
	wire.send(connectPacket(5), readingPacket('probe-1', 1, [{ time: Date.now() }]));
	assert.equal((await wire.next('connack')).reasonCode, 0);
	assert.equal((await wire.next('puback')).reasonCode, 0);
	// Reads its own addresses.
	await site.call('site.health', {});
	assert.deepEqual(reported, []);
});

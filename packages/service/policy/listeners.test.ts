import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommissioning } from '@keyward/core/enrol';
import { parsePolicy } from '@keyward/core/policy';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { connectPacket, openSession, openWire } from '@keyward/testing/service/wire';
import { listenerFor, missingListener, type OpenListener } from './listeners.ts';

const at = (confidentiality: number, mode = 'enforce') =>
	parsePolicy(
		hallPolicy
			.replace('confidentiality: 2', `confidentiality: ${confidentiality}`)
			.replace('mode: enforce', `mode: ${mode}`),
	);
const old = { floor: 'tls1.2-aead', url: 'old' } as const;
const plain = { floor: 'tls1.3', url: 'plain' } as const;
const hybrid = { floor: 'tls1.3-pq', url: 'hybrid' } as const;

test('an application is told the weakest listener that is enough for its policy', () => {
	const told = (level: number, listeners: Parameters<typeof listenerFor>[1]) => listenerFor(at(level), listeners);
	for (const listeners of [
		[old, plain, hybrid],
		[hybrid, plain, old],
	]) {
		assert.deepEqual(told(0, listeners), { url: 'old', holds: true });
		assert.deepEqual(told(1, listeners), { url: 'old', holds: true });
		assert.deepEqual(told(2, listeners), { url: 'plain', holds: true });
		assert.deepEqual(told(4, listeners), { url: 'hybrid', holds: true });
	}
	assert.deepEqual(told(4, [old, plain]), { url: 'plain', holds: false });
	assert.deepEqual(told(0, [hybrid]), { url: 'hybrid', holds: true });
});

test('a policy that no listener can hold is named, where it is enforced', () => {
	const one = { https: [plain], mqtt: [plain] };
	assert.equal(missingListener(at(2), one), null);
	const missing = (https: readonly OpenListener[], mqtt: readonly OpenListener[]) =>
		missingListener(at(4), { https, mqtt }) ?? '';
	assert.match(
		missing([plain], [plain]),
		/^no MQTT and no HTTPS listener .* holds tls1\.3-pq, which hall asks .*--listener PORT:tls1\.3-pq and --https-listener PORT:tls1\.3-pq$/,
	);
	assert.match(missing([plain, hybrid], [plain]), /^no MQTT listener .*--listener PORT:tls1\.3-pq$/);
	assert.match(missing([plain], [hybrid]), /^no HTTPS listener .*: start it with --https-listener PORT:tls1\.3-pq$/);
	assert.equal(missing([hybrid], [hybrid]), '');
	assert.equal(missingListener(at(4, 'audit'), one), null);
});

test('two listeners, each with its floor, and two applications', async (t) => {
	const strict = hallPolicy
		.replace('application: hall', 'application: vault')
		.replace('confidentiality: 2', 'confidentiality: 4');
	const hybridPort = { port: 0, floor: 'tls1.3-pq' } as const;
	const lax = hallPolicy.replace('confidentiality: 2', 'confidentiality: 1');
	const site = await startSite(t, { policies: [], floor: 'tls1.2-aead', linkWorkers: 2 });
	// Without a listener that holds it: applied, with a warning; and nobody is sent where he would be refused.
	assert.match(
		(await site.apply(strict)).warnings.join(),
		/no MQTT and no HTTPS listener of this site holds tls1\.3-pq/,
	);
	await assert.rejects(site.ask('device.expect', { application: 'vault', device: 'probe-1' }), {
		code: 'link-too-weak',
	});
	assert.deepEqual((await site.apply(lax)).warnings, []);

	await site.restart(undefined, { ...{ listeners: [hybridPort], httpsListeners: [hybridPort] } });
	assert.deepEqual((await site.apply(strict)).warnings, []);
	const { applications, mqttUrl } = await site.ask('site.status', {});
	const urls = new Map(applications.map((one) => [one.application, one.mqttUrl]));
	assert.notEqual(urls.get('vault'), mqttUrl);
	assert.equal(urls.get('hall'), mqttUrl);
	const vault = await site.ask('device.expect', { application: 'vault', device: 'probe-1' });
	assert.equal(parseCommissioning(vault.commissioning).mqtt, urls.get('vault'));

	const ports = {
		weak: { mqttsPort: site.mqttsPort },
		strong: { mqttsPort: Number(new URL(urls.get('vault') ?? '').port) },
	};
	const probe = await site.commissionDevice('vault', 'probe-2');
	await openSession(t, ports.strong, probe);
	// The same certificate at the weaker door: judged by that door's floor, whatever the handshake chose.
	const wire = await openWire(t, ports.weak, probe);
	wire.send(connectPacket(5));
	const connack = await wire.next('connack');
	assert.equal(connack.reasonCode, 0x87);
	assert.match(
		connack.properties?.reasonString ?? '',
		/^link-too-weak: the link is tls1\.3, the policy asks tls1\.3-pq/,
	);
	await assert.rejects(openWire(t, ports.strong, probe, 5, { ecdhCurve: 'X25519' }));
});

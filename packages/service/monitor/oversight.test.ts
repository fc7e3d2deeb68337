import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { encodeSenmlJson } from '@keyward/core/observe';
import { Problem } from '@keyward/core';
import mqtt from 'mqtt';
import type { AlertMessage } from './alerts/alerts.ts';
import { alertKinds } from '../site/site-file.ts';
import { startSite } from '@keyward/testing/service/site';

const openReceiver = async (t: TestContext): Promise<{ url: string; until(event: string): Promise<AlertMessage> }> => {
	const messages: AlertMessage[] = [];
	const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		let body = '';
		for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) body += part;
		messages.push(JSON.parse(body) as AlertMessage);
		response.end();
	};
	const server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
		until: async (event) => {
			const late = AbortSignal.timeout(120_000);
			for (;;) {
				const found = messages.find((message) => message.event === event);
				if (found !== undefined) return found;
				if (late.aborted) throw new Error(`${event} did not come: ${JSON.stringify(messages)}`);
				await new Promise((resolve) => setTimeout(resolve, 20));
			}
		},
	};
};

test('a running site tells its webhook of what is wrong, and its figures to the person who runs the machine', async (t) => {
	const folder = temporaryFolder('keyward-oversight-');
	const secretFile = join(folder, 'secret');
	await writeFile(secretFile, randomBytes(32).toString('hex'), { mode: 0o600 });
	const receiver = await openReceiver(t);
	const probe = createServer().listen(0, '127.0.0.1');
	await once(probe, 'listening');
	const { port } = probe.address() as AddressInfo;
	probe.close();
	const site = await startSite(t, {
		alerts: { url: receiver.url, secretFile, events: [...alertKinds] },
		metrics: { host: '127.0.0.1', port },
		clockTolerance: 300_000,
	});

	// The application of this test is not held to all that it asks: the watch says so by itself, with its first look.
	assert.deepEqual(await site.ask('alerts.test', {}), { delivered: true, detail: 'The webhook took the test alert.' });
	assert.equal((await receiver.until('test')).state, 'test');
	await site.restart();
	const fallen = await receiver.until('posture-fell');
	assert.equal(fallen.state, 'raised');
	assert.match(fallen.text, /of hall is held to level \d and level \d is required by [a-z-]+ at /);

	// What the policy leaves open, the site file says: two minutes ahead is within its five.
	const { tls } = await site.commissionDevice('hall', 'probe-1');
	const client = await mqtt.connectAsync(site.mqttUrl, { ...tls, protocolVersion: 5, reconnectPeriod: 0 });
	const publish = (ahead: number): Promise<unknown> =>
		client.publishAsync(
			'hall/probe-1/dose-rate',
			Buffer.from(
				encodeSenmlJson([{ name: 'probe-1/dose-rate', unit: 'Sv/h', time: Date.now() + ahead, value: 1e-7 }]),
			),
			{ qos: 1 },
		);
	await publish(0);
	await publish(120_000);
	await assert.rejects(publish(400_000), /Payload format invalid|reading-time-future/i);
	await new Promise((resolve) => setTimeout(resolve, 1200));
	const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
	for (const line of [
		/^keyward_ready 1$/m,
		/^keyward_readings_total\{outcome="stored"\} 2$/m,
		/^keyward_refusals_total\{code="reading-time-future"\} 1$/m,
		/^keyward_sessions\{application="hall",kind="device"\} 1$/m,
		/^keyward_commit_seconds_count 2$/m,
		/^keyward_ledger_leaves\{application="hall"\} 2$/m,
		/^keyward_certificate_end_timestamp_seconds\{certificate=".*CN=.*"\} \d+$/m,
		/^keyward_alerts_standing\{event="posture-fell"\} \d$/m,
	])
		assert.match(metrics, line);
	await client.endAsync();
	const { ready, declaredPorts, openPorts, listeners } = await site.ask('site.health', {});
	assert.equal(ready, true);
	assert.deepEqual(
		openPorts?.filter((one) => declaredPorts.includes(one)),
		declaredPorts.toSorted((a, b) => a - b),
	);
	assert.ok(declaredPorts.includes(port) && declaredPorts.includes(site.httpsPort));
	assert.deepEqual(listeners, [
		{ port: site.mqttsPort, floor: 'tls1.3' },
		{ port: site.httpsPort, floor: 'tls1.3' },
	]);
});

test('a site that is to send alerts and has no key to sign them with does not start', async (t) => {
	const secretFile = join(tmpdir(), 'keyward-no-such-secret');
	const alerts = { url: 'https://alerts.example/', secretFile, events: [...alertKinds] };
	await assert.rejects(startSite(t, { alerts }), (error) => error instanceof Problem && error.code === 'key-file');
});

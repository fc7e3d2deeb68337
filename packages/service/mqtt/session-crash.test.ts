import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commission } from '@keyward/agent/commission';
import { startServiceProcess } from '@keyward/testing/service/service-process';
import { openSession, readingPacket } from '@keyward/testing/service/wire';

const first = 1_700_000_000_000;
const lasting = { clean: false, properties: { sessionExpiryInterval: 600 } };

test('kill -9 of the service: a subscriber that is back may get readings twice, and lacks none', async (t) => {
	const home = await mkdtemp(join(tmpdir(), 'keyward-session-'));
	const data = join(home, 'data');
	let service = await startServiceProcess(data);
	t.after(async () => {
		await service.kill();
		await rm(home, { recursive: true, force: true });
	});
	const { httpsPort, mqttsPort } = service;
	const identityOf = async (kind: 'device' | 'reader', commissioning: string) => {
		const clock = { now: () => Date.now() };
		const folder = join(home, kind);
		const identity = await commission({ commissioning, folder, kind, clock, allowPlainKey: true });
		return { tls: { cert: identity.certificate, key: await identity.privateKey(), ca: identity.serviceCa } };
	};
	const probe = await identityOf('device', service.device);
	const desk = await identityOf('reader', service.readers[0] ?? '');
	const publish = async (from: number, to: number): Promise<void> => {
		const device = await openSession(t, { mqttsPort }, probe);
		for (let index = from; index < to; index++) {
			device.send(readingPacket('probe-1', index + 1, [{ time: first + index * 1000 }]));
			assert.equal((await device.next('puback')).reasonCode, 0);
		}
		device.socket.destroy();
	};
	const times: number[] = [];
	const hear = async (reader: Awaited<ReturnType<typeof openSession>>, until: number): Promise<void> => {
		while (times.at(-1) !== until) {
			const { payload, messageId = 0 } = await reader.next('publish');
			times.push((JSON.parse(String(payload)) as [{ t: number }])[0].t * 1000);
			reader.send({ cmd: 'puback', messageId, reasonCode: 0 });
		}
	};
	let reader = await openSession(t, { mqttsPort }, desk, 5, lasting);
	reader.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'hall/+/dose-rate', qos: 1, rh: 2 }] });
	await reader.next('suback');
	await publish(0, 40);
	await hear(reader, first + 39_000);
	// Long enough for that to be written, and then some that is not.
	await sleep(4500);
	await publish(40, 60);
	await hear(reader, first + 59_000);
	await service.kill();
	service = await startServiceProcess(data, httpsPort, mqttsPort);
	await publish(60, 80);
	reader = await openSession(t, { mqttsPort }, desk, 5, lasting);
	assert.equal(reader.connack.sessionPresent, true);
	const before = times.length;
	await hear(reader, first + 79_000);
	assert.deepEqual(
		[...new Set(times)],
		Array.from({ length: 80 }, (_, index) => first + index * 1000),
	);
	const again = times.length - before - 20;
	t.diagnostic(`${again} readings came twice`);
	assert(again <= 20, 'what was written was not lost');
});

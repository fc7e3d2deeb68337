import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IPublishPacket } from 'mqtt-packet';
import { commandPath, needs } from '@keyward/testing/debian';
import { startSite } from '@keyward/testing/service/site';
import { openSession, readingPacket, type Wire } from '@keyward/testing/service/wire';

let moment = Math.floor(Date.now() / 1000) * 1000 - 100_000_000;
const nextTime = (): number => (moment += 1000);

/** Topic, time and RETAIN flag of a delivery. */
const heard = ({ topic, payload, retain }: IPublishPacket): string => {
	const [record] = JSON.parse(String(payload)) as [{ t: number }];
	return `${topic} ${record.t * 1000}${retain ? ' retained' : ''}`;
};

test('the last reading of a stream is its retained message', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });
	const desk = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', '*', 'dose-rate');
	const probe = await site.commissionDevice('hall', 'probe-1');
	const device = await openSession(t, site, probe);
	const publish = async (retain: boolean): Promise<string> => {
		const time = nextTime();
		device.send(readingPacket('probe-1', 1, [{ time }], { retain }));
		assert.equal((await device.next('puback')).reasonCode, 0);
		return `hall/probe-1/dose-rate ${time}`;
	};
	const subscribe = async (wire: Wire, rh: 0 | 1 | 2, more: { rap?: boolean; qos?: 0 | 1; topic?: string } = {}) => {
		const { topic = 'hall/#', qos = 1, rap = false } = more;
		wire.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos, rh, rap }] });
		await wire.next('suback');
	};
	/** So many; and then what more has come after a while. */
	const hear = async (wire: Wire, count: number): Promise<string[]> => {
		const all: string[] = [];
		const take = async (): Promise<void> => {
			const delivery = await wire.next('publish');
			all.push(heard(delivery));
			if (delivery.qos === 1) wire.send({ cmd: 'puback', messageId: delivery.messageId ?? 0, reasonCode: 0 });
		};
		while (all.length < count) await take();
		await sleep(150);
		while (wire.inbox.length > 0) await take();
		return all;
	};
	const reader = (u: TestContext, version: 4 | 5 = 5): Promise<Wire> => openSession(u, site, desk, version);

	await t.test('there is none before the first reading', async (u) => {
		const wire = await reader(u);
		await subscribe(wire, 0);
		assert.deepEqual(await hear(wire, 0), []);
	});

	await t.test('whatever the device said of it, the last one is sent, as Retain Handling asks', async (u) => {
		await publish(true);
		const last = await publish(false);
		const wire = await reader(u);
		await subscribe(wire, 2);
		assert.deepEqual(await hear(wire, 0), []);
		await subscribe(wire, 1);
		assert.deepEqual(await hear(wire, 0), [], 'the subscription was there');
		await subscribe(wire, 0);
		assert.deepEqual(await hear(wire, 1), [`${last} retained`]);
		await subscribe(wire, 1, { topic: '+/probe-1/+', qos: 0 });
		assert.deepEqual(await hear(wire, 1), [`${last} retained`], 'a new one');
		const old = await reader(u, 4);
		for (let time = 0; time < 2; time++) {
			await subscribe(old, 0);
			assert.deepEqual(await hear(old, 1), [`${last} retained`]);
		}
	});

	await t.test('what comes after it has RETAIN as published where the subscriber asked for that', async (u) => {
		for (const rap of [false, true]) {
			const wire = await reader(u);
			await subscribe(wire, 2, { rap });
			const [first, second] = [await publish(true), await publish(false)];
			assert.deepEqual(await hear(wire, 2), [`${first}${rap ? ' retained' : ''}`, second]);
		}
	});

	await t.test('a device cannot delete it', async (u) => {
		const last = await publish(false);
		device.send({ ...readingPacket('probe-1', 1, []), payload: Buffer.alloc(0), retain: true } as IPublishPacket);
		assert.equal((await device.next('puback')).reasonCode, 0x99);
		const wire = await reader(u);
		await subscribe(wire, 0);
		assert.deepEqual(await hear(wire, 1), [`${last} retained`]);
	});

	await t.test('mosquitto_sub --retained-only', async (u) => {
		if (!needs(u, 'mosquitto_sub')) return;
		const last = await publish(true);
		for (const version of ['5', '311']) {
			const { certificateFile, keyFile, serviceCaFile } = desk;
			const args = ['-h', 'localhost', '-p', String(site.mqttsPort), '-V', version, '--tls-version', 'tlsv1.3'];
			const tls = ['--cafile', serviceCaFile, '--cert', certificateFile, '--key', keyFile];
			const said = await new Promise<string>((resolve) => {
				execFile(
					commandPath('mosquitto_sub') ?? 'mosquitto_sub',
					[...args, ...tls, '-t', 'hall/#', '-q', '1', '--retained-only', '-C', '1', '-F', '%r %t %p'],
					(_error, out, err) => resolve(out + err),
				);
			});
			const [flag, topic, payload] = said.trim().split(' ');
			assert.deepEqual([flag, topic], ['1', 'hall/probe-1/dose-rate'], said);
			const [record] = JSON.parse(payload ?? '') as [{ t: number }];
			assert.equal(`${topic} ${record.t * 1000}`, last);
		}
	});
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRemote } from '@keyward/client';
import type { Packet } from 'mqtt-packet';
import { until } from '@keyward/testing/agent/until';
import { keptIn } from '@keyward/testing/service/kept-readings';
import { startSite } from '@keyward/testing/service/site';
import { connectPacket, openSession, openWire } from '@keyward/testing/service/wire';

const policy = `application: house
level: { authenticity: 2, authorization: 2, integrity: 1, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  power: { unit: W, every: 1s, readers: [desk], range: [0, 4000], doubtful-time: mark }
  temperature: { unit: Cel, every: 1s, readers: [desk], doubtful-time: mark }
  switch: { unit: /, every: 1s, readers: [desk], doubtful-time: mark }
devices:
  tasmota:
    custody: [software]
    streams: [power, switch]
    publishes:
      - { topic: "tele/{device}/SENSOR", values: { power: $.ENERGY.Power } }
      - { topic: "stat/{device}/RESULT", values: { switch: $.POWER } }
  shelly:
    custody: [software]
    streams: [power]
    publishes:
      - { topic: "shellies/{device}/relay/0/power", values: { power: value } }
  zigbee:
    custody: [software]
    streams: [temperature]
    publishes:
      - { topic: "zigbee2mqtt/{device}", time: $.last_seen, values: { temperature: $.temperature } }
`;

const publish = (topic: string, payload: unknown, messageId: number): Packet => ({
	...{ cmd: 'publish', topic, qos: messageId === 0 ? 0 : 1, dup: false, retain: false, messageId },
	payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
});

test('devices publish as their manufacturers made them', async (t) => {
	const site = await startSite(t, { linkWorkers: 2, policies: [policy] });
	const { tls } = await site.commissionReader('house', 'desk');
	await site.grant('house', 'desk', '*', 'power');
	const client = connectRemote({ url: site.url, certificate: tls.cert, key: tls.key, serviceCa: tls.ca });
	t.after(() => client.close());
	/** Values and doubts of a device's power. */
	const power = async (device: string): Promise<unknown[]> => {
		const input = { application: 'house', device, stream: 'power', after: '0', limit: 100 };
		const { readings } = await client.call('readings.read', input);
		return readings.map((row) => ('value' in row ? [row.value, row.doubt] : row));
	};

	await t.test(
		'Tasmota, MQTT 3.1.1: a will and topics that nobody mapped are passed over, values are filed',
		async (u) => {
			const plug = await site.commissionDevice('house', 'plug-1', 'tasmota');
			const will = { topic: 'tele/plug-1/LWT', payload: Buffer.from('Offline'), qos: 1, retain: true } as const;
			const wire = await openSession(u, site, plug, 4, { will });
			wire.send(
				publish('tele/plug-1/LWT', 'Online', 0),
				publish('tele/plug-1/STATE', { Wifi: { RSSI: 70 } }, 1),
				publish('tele/plug-1/SENSOR', { Time: '2026-11-27T09:00:00', ENERGY: { Power: 12 } }, 2),
				publish('tele/plug-1/SENSOR', { Time: '2026-11-27T09:00:00', ENERGY: { Power: 13 } }, 3),
				publish('stat/plug-1/RESULT', { POWER: 'ON' }, 0),
			);
			for (const id of [1, 2, 3]) assert.equal((await wire.next('puback')).messageId, id);
			await until('the switch is there', () => keptIn(site, 'plug-1', 'switch').length === 1);
			assert.deepEqual(await power('plug-1'), [
				[12, ['time']],
				[13, ['time']],
			]);
			wire.socket.destroy();
			// Link workers tell once a second what they counted.
			for (;;) {
				const { counters } = await site.ask('site.status', {});
				if (counters['will-passed-over'] === 1 && (counters['topic-passed-over'] ?? 0) >= 1) break;
				await sleep(50);
			}
		},
	);

	await t.test('MQTT 5 hears why its will is passed over, and what a payload lacks', async (u) => {
		const plug = await site.commissionDevice('house', 'plug-2', 'tasmota');
		const will = { topic: 'tele/plug-2/LWT', payload: Buffer.from('Offline'), qos: 1, retain: true } as const;
		const wire = await openWire(u, site, plug);
		wire.send({ ...connectPacket(5), will } as Packet);
		const { reasonCode, properties } = await wire.next('connack');
		assert.equal(reasonCode, 0);
		assert.match(properties?.reasonString ?? '', /^will passed over: its topic is outside house\//);
		wire.send(
			publish('tele/plug-2/SENSOR', { ENERGY: { Power: 5000 } }, 1),
			publish('tele/plug-2/SENSOR', { ENERGY: {} }, 2),
			publish('tele/plug-1/SENSOR', { ENERGY: { Power: 1 } }, 3),
			publish('house/plug-1/power', '[{"n":"plug-1/power","u":"W","v":1}]', 4),
		);
		const told: string[] = [];
		for (let index = 0; index < 4; index++) {
			const answer = await wire.next('puback');
			told.push(`${answer.reasonCode ?? 0} ${(answer.properties?.reasonString ?? '').split(':')[0]}`);
		}
		// Another's topic is no way into another's streams: outside the application nothing of it is kept.
		assert.deepEqual(told, ['153 reading-value', '153 payload-unmapped', '0 ', '135 reading-not-own-stream']);
		assert.deepEqual(keptIn(site, 'plug-2', 'power'), []);
		assert.equal((await power('plug-1')).length, 2);
	});

	await t.test(
		'Shelly: a payload that is the value; zigbee2mqtt: its own time, known when it comes again',
		async (u) => {
			const shelly = await site.commissionDevice('house', 'shelly-1', 'shelly');
			const one = await openSession(u, site, shelly, 4);
			one.send(publish('shellies/shelly-1/relay/0/power', '7.25', 1));
			await one.next('puback');
			assert.deepEqual(await power('shelly-1'), [[7.25, ['time']]]);
			const attic = await site.commissionDevice('house', 'attic', 'zigbee');
			const two = await openSession(u, site, attic, 4);
			const seen = Date.now() - 1000;
			const payload = { temperature: 19.5, humidity: 40, last_seen: new Date(seen).toISOString() };
			two.send(publish('zigbee2mqtt/attic', payload, 1), publish('zigbee2mqtt/attic', payload, 2));
			await two.next('puback');
			await two.next('puback');
			assert.deepEqual(keptIn(site, 'attic', 'temperature'), [seen]);
		},
	);
});

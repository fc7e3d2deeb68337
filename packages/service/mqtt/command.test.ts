import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IPublishPacket } from 'mqtt-packet';
import { startSite, type TestIdentity } from '@keyward/testing/service/site';
import { openSession, readingPacket, type Wire } from '@keyward/testing/service/wire';
import { until } from '@keyward/testing/agent/until';

const text = ({ payload }: IPublishPacket): string => String(payload);
const idOf = ({ properties }: IPublishPacket): unknown => properties?.userProperties?.['id'];

test('commands', async (t) => {
	const site = await startSite(t, { linkWorkers: 2 });
	const probe = await site.commissionDevice('hall', 'probe-1');
	const other = await site.commissionDevice('hall', 'probe-2');
	const desk = await site.commissionReader('hall', 'desk');
	await site.grant('hall', 'desk', '*', 'dose-rate');
	const send = (payload: string, more: { expires?: number; device?: string } = {}) =>
		site.ask('command.send', { application: 'hall', device: 'probe-1', payload, ...more });
	const states = async (device = 'probe-1') =>
		(await site.ask('command.list', { application: 'hall', device })).map(({ state }) => state);
	const settled = async (expected: readonly string[]): Promise<void> => {
		await until(expected.join(), async () => (await states()).join() === expected.join());
	};
	const listen = async (u: TestContext, who: TestIdentity, filter: string, version: 4 | 5 = 5, qos: 0 | 1 = 1) => {
		const wire = await openSession(u, site, who, version);
		wire.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: filter, qos }] });
		return Object.assign(wire, { granted: (await wire.next('suback')).granted });
	};
	const acknowledge = (wire: Wire, { messageId = 0 }: IPublishPacket, reasonCode = 0): void =>
		wire.send({ cmd: 'puback', messageId, reasonCode });

	await t.test(
		'a device that sleeps gets what was sent meanwhile, oldest first, across a restart, until it acknowledges',
		async (u) => {
			const first = await send('one', { expires: Date.now() + 3_600_500 });
			await send('two');
			await site.restart();
			await send('three');
			assert.deepEqual(await states(), ['waiting', 'waiting', 'waiting']);
			const wire = await listen(u, probe, 'hall/probe-1/_commands');
			const got = [await wire.next('publish'), await wire.next('publish'), await wire.next('publish')];
			assert.deepEqual(got.map(text), ['one', 'two', 'three']);
			const [one] = got;
			assert(one !== undefined);
			assert.deepEqual([one.topic, one.qos, one.retain, one.dup], ['hall/probe-1/_commands', 1, false, false]);
			assert.equal(idOf(one), first.id);
			assert.equal(one.properties?.contentType, 'text/plain');
			const left = one.properties?.messageExpiryInterval ?? 0;
			// Of an hour: whole seconds, less what went by here.
			assert(left > 1800 && left <= 3601, `${left} s`);
			acknowledge(wire, one);
			await settled(['delivered', 'waiting', 'waiting']);
			// Cut off before it acknowledged the rest: they come again, known by their identifiers, and the first does not.
			wire.socket.destroy();
			const again = await listen(u, probe, '#', 4);
			const rest = [await again.next('publish'), await again.next('publish')];
			assert.deepEqual(rest.map(text), ['two', 'three']);
			for (const command of rest) acknowledge(again, command);
			await settled(['delivered', 'delivered', 'delivered']);
			// And live, to a device that listens. A refusal is an answer too: it has the command.
			await send('four');
			const four = await again.next('publish');
			assert.equal(text(four), 'four');
			again.socket.destroy();
			const last = await listen(u, probe, 'hall/+/_commands');
			const repeated = await last.next('publish');
			acknowledge(last, repeated, 0x83);
			await settled(['delivered', 'delivered', 'delivered', 'delivered']);
			const { counters } = await site.ask('site.status', {});
			assert.equal(counters['command-refused'], 1);
			assert.equal(counters['command-delivered'], 3);
		},
	);

	await t.test('a kept session resumes a command that was in flight: same identifier, DUP', async (u) => {
		const more = { clean: false, properties: { sessionExpiryInterval: 60 } };
		const wire = await openSession(u, site, probe, 5, more);
		wire.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'hall/probe-1/#', qos: 1 }] });
		assert.deepEqual((await wire.next('suback')).granted, [1]);
		await send('resumed');
		const sent = await wire.next('publish');
		wire.socket.destroy();
		const again = await openSession(u, site, probe, 5, more);
		assert.equal(again.connack.sessionPresent, true);
		const repeated = await again.next('publish');
		assert.deepEqual([text(repeated), repeated.messageId, repeated.dup], ['resumed', sent.messageId, true]);
		acknowledge(again, repeated);
		await settled(['delivered', 'delivered', 'delivered', 'delivered', 'delivered']);
		again.send({ cmd: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 0 } });
		await again.ended();
	});

	await t.test('nobody gets another one’s commands, and a device reads nothing else', async (u) => {
		const neighbour = await listen(u, other, '#');
		const reader = await listen(u, desk, '#');
		assert.deepEqual([neighbour.granted, reader.granted], [[1], [1]]);
		assert.deepEqual((await listen(u, desk, 'hall/probe-1/_commands')).granted, [0x87]);
		const own = await listen(u, other, 'hall/+/_commands');
		assert.deepEqual((await listen(u, probe, 'hall/probe-2/_commands')).granted, [0x87]);
		const wire = await listen(u, probe, '#');
		await send('secret');
		assert.equal(text(await wire.next('publish')), 'secret');
		wire.send(readingPacket('probe-1', 1, [{ time: Date.now() - 5000 }]));
		assert.equal((await wire.next('puback')).reasonCode, 0);
		await sleep(200);
		assert.deepEqual([own.inbox, wire.inbox], [[], []]);
		// Nor can a device write them.
		wire.send({ ...readingPacket('probe-1', 2, [{ time: Date.now() }]), topic: 'hall/probe-1/_commands' } as never);
		assert.equal((await wire.next('puback')).reasonCode, 0x87);
	});

	await t.test('what has expired, or was meant for a device since revoked, is not delivered', async (u) => {
		const device = 'brief';
		await site.commissionDevice('hall', device);
		await send('for the first', { device });
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: device, reason: 'replaced' });
		await assert.rejects(send('for nobody', { device }), { code: 'device-unknown' });
		const successor = await site.commissionDevice('hall', device);
		await send('too late', { device, expires: Date.now() + 300 });
		await sleep(400);
		await send('in time', { device });
		assert.deepEqual(await states(device), ['void', 'expired', 'waiting']);
		const wire = await listen(u, successor, '#');
		assert.equal(text(await wire.next('publish')), 'in time');
		await sleep(100);
		assert.deepEqual(wire.inbox, []);
	});

	await t.test('many, and large ones, come at the pace of the device', async (u) => {
		const device = 'many';
		const identity = await site.commissionDevice('hall', device);
		const big = 'x'.repeat(60_000);
		for (let index = 0; index < 30; index++) await send(`${index} ${big}`, { device });
		const wire = await openSession(u, site, identity, 5, { properties: { receiveMaximum: 3 } });
		wire.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 1 }] });
		await wire.next('suback');
		for (let index = 0; index < 30; index++) {
			const command = await wire.next('publish');
			assert.equal(text(command).split(' ')[0], String(index));
			assert(wire.inbox.length <= 2);
			acknowledge(wire, command);
		}
	});

	await t.test('what cannot be sent is refused with what to do', async () => {
		const bad = (input: object) =>
			site.ask('command.send', { application: 'hall', device: 'probe-1', payload: 'x', ...input });
		await assert.rejects(bad({ device: 'ghost' }), { code: 'device-unknown' });
		await assert.rejects(bad({ application: 'ghost' }), { code: 'policy-unknown-application' });
		await assert.rejects(bad({ expires: Date.now() - 1 }), { code: 'request-malformed' });
		await assert.rejects(bad({ expires: Date.now() + 400 * 86_400_000 }), { code: 'request-malformed' });
		await assert.rejects(bad({ payload: 'not base64!', encoding: 'base64' }), { code: 'request-malformed' });
		await assert.rejects(bad({ payload: 'x'.repeat(65_537) }), { code: 'request-malformed' });
	});
});

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IDisconnectPacket, IPublishPacket, Packet } from 'mqtt-packet';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { openSession, readingPacket, type Wire } from '@keyward/testing/service/wire';

let moment = Math.floor(Date.now() / 1000) * 1000 - 100_000_000;
const nextTime = (): number => (moment += 1000);

const subscribePacket = (messageId: number, ...filters: readonly string[]): Packet => ({
	cmd: 'subscribe',
	messageId,
	// Only what comes from here on: what is retained has its own tests.
	subscriptions: filters.map((topic) => ({ topic, qos: 1, rh: 2 })),
});

const subscribe = async (wire: Wire, ...filters: readonly string[]): Promise<readonly number[]> => {
	wire.send(subscribePacket(9, ...filters));
	return (await wire.next('suback')).granted as number[];
};

/** What a delivery says: its topic and the time in it. */
const heard = ({ topic, payload }: IPublishPacket): string => {
	const [record] = JSON.parse(String(payload)) as [{ t: number }];
	return `${topic} ${record.t * 1000}`;
};

const why = ({ reasonCode, properties }: IDisconnectPacket): string => {
	const [code] = (properties?.reasonString ?? '').split(':');
	return `0x${(reasonCode ?? 0).toString(16)} ${code}`;
};

/** Two readers, two streams of one range of devices, so that a grant on one can be told from the other. */
const policy = hallPolicy.replace('readers: [desk], range', 'readers: [desk, board], range');

test('SUBSCRIBE', async (t) => {
	const site = await startSite(t, { linkWorkers: 2, policies: [policy] });
	const [one, two] = [await site.commissionDevice('hall', 'probe-1'), await site.commissionDevice('hall', 'probe-2')];
	const desk = await site.commissionReader('hall', 'desk');
	const board = await site.commissionReader('hall', 'board');
	const devices = { 'probe-1': await openSession(t, site, one), 'probe-2': await openSession(t, site, two) };
	let identifier = 0;

	/** Publishes a reading and gives what a follower hears of it. */
	const publish = async (device: 'probe-1' | 'probe-2', stream = 'dose-rate'): Promise<string> => {
		const time = nextTime();
		const unit = stream === 'state' ? '/' : 'Sv/h';
		identifier = (identifier % 60_000) + 1;
		devices[device].send(readingPacket(device, identifier, [{ time, unit }], { stream }));
		assert.equal((await devices[device].next('puback')).reasonCode, 0);
		return `hall/${device}/${stream} ${time}`;
	};
	const publishAll = async (): Promise<string[]> => [
		await publish('probe-1'),
		await publish('probe-1', 'state'),
		await publish('probe-2'),
		await publish('probe-2', 'state'),
	];
	/** Everything that comes, acknowledged, until nothing has come for a while. */
	const hearAll = async (wire: Wire): Promise<string[]> => {
		const all: string[] = [];
		for (let quiet = 0; quiet < 4; quiet++) {
			while (wire.inbox.length > 0) {
				const delivery = await wire.next('publish');
				all.push(heard(delivery));
				if (delivery.qos === 1) wire.send({ cmd: 'puback', messageId: delivery.messageId ?? 0, reasonCode: 0 });
				quiet = 0;
			}
			await sleep(60);
		}
		return all;
	};
	const endGrants = async (): Promise<void> => {
		for (const { id, ended } of await site.ask('grant.list', {}))
			if (ended === null) await site.ask('grant.end', { id });
	};
	const reader = (u: TestContext, who = desk, version: 4 | 5 = 5): Promise<Wire> => openSession(u, site, who, version);

	await t.test('a filter that no grant touches is refused alike, whether or not something is there', async (u) => {
		await endGrants();
		await site.grant('hall', 'board', '*', 'dose-rate');
		const wire = await reader(u);
		const filters = [
			'hall/probe-1/dose-rate',
			'hall/ghost/dose-rate',
			'hall/probe-1/ghost',
			'other/probe-1/dose-rate',
			'#',
			'hall/#',
			'+/+/+',
			'x',
		];
		for (const filter of filters) {
			wire.send(subscribePacket(1, filter));
			assert.deepEqual(wire.bytesOf(await wire.next('suback')), Buffer.from([0x90, 4, 0, 1, 0, 0x87]), filter);
		}
		await publishAll();
		assert.deepEqual(await hearAll(wire), []);
		// A device reads nothing, not even its own stream.
		devices['probe-1'].send(subscribePacket(2, 'hall/probe-1/dose-rate'));
		assert.deepEqual((await devices['probe-1'].next('suback')).granted, [0x87]);
	});

	await t.test('a filter reaches what is granted of it and nothing else', async (u) => {
		await endGrants();
		await site.grant('hall', 'desk', 'probe-1', 'dose-rate');
		for (const filter of ['hall/probe-1/dose-rate', 'hall/+/dose-rate', 'hall/#', '#', '+/+/+', '+/probe-1/+']) {
			const wire = await reader(u);
			assert.deepEqual(await subscribe(wire, filter), [1], filter);
			const [granted] = await publishAll();
			assert.deepEqual(await hearAll(wire), [granted], filter);
			wire.socket.destroy();
		}
		const wire = await reader(u);
		assert.deepEqual(await subscribe(wire, 'hall/probe-2/#', 'hall/probe-1/state', 'hall/probe-1/#'), [0x87, 0x87, 1]);
		const [granted] = await publishAll();
		assert.deepEqual(await hearAll(wire), [granted]);
	});

	await t.test(
		'a grant for every device reaches those that join later; overlapping filters deliver once',
		async (u) => {
			await endGrants();
			await site.grant('hall', 'desk', '*', 'dose-rate');
			const wire = await reader(u);
			assert.deepEqual(await subscribe(wire, '#', 'hall/+/dose-rate', 'hall/probe-1/dose-rate'), [1, 1, 1]);
			const [first, , third] = await publishAll();
			const heardOnce = await hearAll(wire);
			assert.equal(heardOnce.length, 2);
			assert.deepEqual(new Set(heardOnce), new Set([first, third]));
			const late = await openSession(u, site, await site.commissionDevice('hall', 'late'));
			const time = nextTime();
			late.send(readingPacket('late', 1, [{ time }]));
			assert.equal((await late.next('puback')).reasonCode, 0);
			assert.deepEqual(await hearAll(wire), [`hall/late/dose-rate ${time}`]);
		},
	);

	await t.test('a delivery is SenML, one record, with what the device sent', async (u) => {
		const wire = await reader(u);
		await subscribe(wire, 'hall/probe-1/dose-rate');
		const time = nextTime();
		devices['probe-1'].send(readingPacket('probe-1', 1, [{ time, value: 3.5e-7 }]));
		await devices['probe-1'].next('puback');
		const { payload, properties, qos, retain, dup } = await wire.next('publish');
		assert.deepEqual(JSON.parse(String(payload)), [{ n: 'probe-1/dose-rate', u: 'Sv/h', t: time / 1000, v: 3.5e-7 }]);
		assert.deepEqual([properties?.contentType, qos, retain, dup], ['application/senml+json', 1, false, false]);
	});

	await t.test('what CONNACK said is not available is refused with its code', async (u) => {
		let wire = await reader(u);
		const deep = '/'.repeat(8);
		const long = 'a'.repeat(257);
		assert.deepEqual(await subscribe(wire, deep, long, 'hall/probe-1/dose-rate'), [0x8f, 0x8f, 1]);
		// Repeats count; none of a packet with too many is looked at.
		wire.send(subscribePacket(3, ...Array.from({ length: 65 }, () => '#')));
		const suback = await wire.next('suback');
		assert.deepEqual(
			suback.granted,
			Array.from({ length: 65 }, () => 0x97),
		);
		assert.match(suback.properties?.reasonString ?? '', /^subscription-refused: .*64 filters/);
		wire.send({ cmd: 'unsubscribe', messageId: 4, unsubscriptions: Array.from({ length: 65 }, () => '#') });
		assert.deepEqual(
			(await wire.next('unsuback')).granted,
			Array.from({ length: 65 }, () => 0x83),
		);
		assert.deepEqual(
			await subscribe(wire, ...Array.from({ length: 64 }, () => 'hall/probe-1/#')),
			Array.from({ length: 64 }, () => 1),
		);
		for (const none of ['a#', '#/a', 'a+', '']) {
			const other = await reader(u);
			other.send(subscribePacket(3, none));
			assert.equal(why(await other.next('disconnect')), '0x81 packet-malformed');
		}
		wire = await reader(u);
		wire.send({ ...subscribePacket(3, '#'), properties: { subscriptionIdentifier: 7 } } as Packet);
		assert.equal(why(await wire.next('disconnect')), '0xa1 packet-unsupported');
		await wire.ended();
		const sharing = await reader(u);
		sharing.send(subscribePacket(3, '$share/group/hall/probe-1/dose-rate'));
		assert.equal(why(await sharing.next('disconnect')), '0x9e packet-unsupported');
		await sharing.ended();
		const old = await reader(u, desk, 4);
		assert.deepEqual(
			await subscribe(old, 'hall/probe-1/state', '$share/g/#', 'hall/probe-1/dose-rate'),
			[0x80, 0x80, 1],
		);
	});

	await t.test('no filter, or no identifier, ends the connection', async (u) => {
		for (const bytes of [
			[0x82, 3, 0, 1, 0],
			[0x82, 7, 0, 0, 0, 0, 1, 0x23, 1],
			[0xa2, 3, 0, 1, 0],
		]) {
			const wire = await reader(u);
			wire.socket.write(Uint8Array.from(bytes));
			assert.equal(why(await wire.next('disconnect')), '0x82 packet-malformed');
			await wire.ended();
		}
	});

	await t.test('UNSUBSCRIBE ends the deliveries, also when it comes in one write with its SUBSCRIBE', async (u) => {
		const wire = await reader(u);
		// Another follower in the same service, so that there is news to receive by mistake.
		await site.grant('hall', 'board', '*', 'dose-rate');
		const other = await reader(u, board);
		await subscribe(other, '#');
		wire.send(subscribePacket(1, '#'), { cmd: 'unsubscribe', messageId: 2, unsubscriptions: ['#', 'never'] });
		assert.deepEqual((await wire.next('suback')).granted, [1]);
		assert.deepEqual((await wire.next('unsuback')).granted, [0, 0x11]);
		const delivered = await publish('probe-1');
		assert.deepEqual(await hearAll(other), [delivered]);
		assert.deepEqual(await hearAll(wire), []);
	});

	await t.test('a second session of one identity takes over from the first', async (u) => {
		const first = await reader(u);
		await subscribe(first, '#');
		const second = await reader(u);
		assert.equal(why(await first.next('disconnect')), '0x8e taken-over');
		await first.ended();
		// The subscription was the session's: the second begins without one.
		await publish('probe-1');
		assert.deepEqual(await hearAll(second), []);
		// Many at once: one is left.
		const many = await Promise.all(Array.from({ length: 8 }, () => reader(u)));
		await sleep(500);
		assert.equal(many.filter(({ socket }) => !socket.destroyed && !socket.readableEnded).length, 1);
	});

	/** Does something that ends the follower's right, and gives why it was cut. */
	const cutBy = async (u: TestContext, end: () => Promise<unknown>): Promise<string> => {
		const wire = await reader(u);
		assert.deepEqual(await subscribe(wire, 'hall/+/dose-rate'), [1]);
		await end();
		const said = why(await wire.next('disconnect'));
		await wire.ended();
		await publish('probe-1');
		assert.deepEqual(wire.inbox, []);
		return said;
	};

	await t.test('a live subscriber is cut when its right ends', async (u) => {
		await endGrants();
		let { id } = await site.grant('hall', 'desk', '*', 'dose-rate');
		assert.equal(await cutBy(u, () => site.ask('grant.end', { id })), '0x87 not-granted', 'grant ended');

		await site.grant('hall', 'desk', '*', 'dose-rate', 700);
		assert.equal(await cutBy(u, () => sleep(600)), '0x87 not-granted', 'grant expired');

		({ id } = await site.grant('hall', 'desk', '*', 'dose-rate'));
		assert.equal(
			await cutBy(u, () => site.apply(policy.replace('[desk, board], range', '[board], range'))),
			'0x87 not-granted',
			'reader removed',
		);
		await site.apply(policy);
		await site.ask('grant.end', { id });

		await site.grant('hall', 'desk', '*', 'dose-rate', 400 * 86_400_000);
		const tight = `${policy}tighten: { grant-expiry: 1ms }\n`;
		assert.equal(await cutBy(u, () => site.apply(tight)), '0x87 not-granted', 'expiry tightened');
		await site.apply(policy);
	});

	await t.test('a grant lost beside one that stands only narrows a subscription', async (u) => {
		await endGrants();
		const { id } = await site.grant('hall', 'desk', 'probe-2', 'dose-rate');
		await site.grant('hall', 'desk', 'probe-1', 'dose-rate');
		const wire = await reader(u);
		await subscribe(wire, '#');
		assert.deepEqual(await site.ask('grant.end', { id }), { ended: true, cut: 0 });
		const [first] = await publishAll();
		assert.deepEqual(await hearAll(wire), [first]);
	});

	await t.test('who is revoked is cut and does not come back', async (u) => {
		for (const [kind, id, identity] of [
			['device', 'lost-device', await site.commissionDevice('hall', 'lost-device')],
			['reader', 'desk', desk],
		] as const) {
			const wire = await openSession(u, site, identity);
			assert.deepEqual(await site.ask('principal.revoke', { kind, application: 'hall', id, reason: 'lost' }), {
				revoked: 1,
				cut: 1,
				erasure: null,
			});
			assert.equal(why(await wire.next('disconnect')), '0x87 certificate-revoked');
			await wire.ended();
			await assert.rejects(openSession(u, site, identity), /CONNACK says 135 certificate-revoked/);
			await assert.rejects(openSession(u, site, identity, 4), /CONNACK says 5/);
		}
	});
});

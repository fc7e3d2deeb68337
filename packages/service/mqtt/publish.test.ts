import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { encodeSenmlCbor } from '@keyward/core/observe';
import type { IPubackPacket, Packet } from 'mqtt-packet';
import { until } from '@keyward/testing/agent/until';
import { keptIn } from '@keyward/testing/service/kept-readings';
import { hallPolicy, startSite, type TestIdentity, type TestSite } from '@keyward/testing/service/site';
import { connectPacket, openSession, openWire, readingPacket, type Wire } from '@keyward/testing/service/wire';

/** Distinct moments, a second apart and all past. */
let moment = Math.floor(Date.now() / 1000) * 1000 - 100_000_000;
const nextTime = (): number => (moment += 1000);

const publishOf = (messageId: number, payload: string | Uint8Array, topic = 'hall/probe-1/dose-rate'): Packet => ({
	cmd: 'publish',
	topic,
	payload: Buffer.from(payload),
	qos: 1,
	dup: false,
	retain: false,
	messageId,
});

/** What the acknowledgement says: `0x99 reading-unit`, or `0x0`. */
const told = ({ reasonCode, properties }: IPubackPacket): string => {
	const [code] = (properties?.reasonString ?? '').split(':');
	return `0x${(reasonCode ?? 0).toString(16)}${code === '' ? '' : ` ${code}`}`;
};

test('PUBLISH', async (t) => {
	const site = await startSite(t, { linkWorkers: 2, patience: 1000 });
	const probe = await site.commissionDevice('hall', 'probe-1');
	const desk = await site.commissionReader('hall', 'desk');

	/** Sends one packet on its own session and gives what the acknowledgement says. */
	const answerTo = async (u: TestContext, packet: Packet, who: TestIdentity = probe): Promise<string> => {
		const wire = await openSession(u, site, who);
		wire.send(packet);
		const answer = told(await wire.next('puback'));
		wire.socket.destroy();
		return answer;
	};

	await t.test('what was sent with QoS 0 before the connection ended is kept, by whatever end', async (u) => {
		for (const [index, end] of (['disconnect', 'hang up'] as const).entries()) {
			const id = `quick-${index}`;
			const device = await site.commissionDevice('hall', id);
			const wire = await openSession(u, site, device);
			const times = Array.from({ length: 1000 }, nextTime);
			const packets = times.map((time) => wire.bytesOf(readingPacket(id, 0, [{ time }], { qos: 0 })));
			const goodbye = end === 'disconnect' ? [wire.bytesOf({ cmd: 'disconnect' })] : [];
			wire.socket.end(Buffer.concat([...packets, ...goodbye]));
			await wire.ended();
			await until('all of them are there', () => keptIn(site, id).length === times.length);
			assert.deepEqual(keptIn(site, id), times, end);
		}
	});

	await t.test('what was sent with QoS 0 before the session was taken over is kept', async (u) => {
		const device = await site.commissionDevice('hall', 'taken-over');
		const older = await openSession(u, site, device);
		const newer = await openWire(u, site, device);
		const times = Array.from({ length: 300 }, nextTime);
		// The newer one first: what comes of the older meets its take-over.
		newer.send(connectPacket(5));
		const packets = times.map((time) => older.bytesOf(readingPacket('taken-over', 0, [{ time }], { qos: 0 })));
		older.socket.end(Buffer.concat([...packets, older.bytesOf({ cmd: 'disconnect' })]));
		assert.equal((await newer.next('connack')).reasonCode, 0);
		await older.ended();
		await until('all of them are there', () => keptIn(site, 'taken-over').length === times.length);
		assert.deepEqual(keptIn(site, 'taken-over'), times);
	});

	await t.test('acknowledged in order, and not before it is in the database', async (u) => {
		const device = await site.commissionDevice('hall', 'orderly');
		const wire = await openSession(u, site, device);
		const times = Array.from({ length: 400 }, nextTime);
		for (let from = 0; from < times.length; from += 40) {
			wire.send(
				...times.slice(from, from + 40).map((time, index) => readingPacket('orderly', from + index + 1, [{ time }])),
			);
			for (let index = from; index < from + 40; index++) {
				const { messageId, reasonCode } = await wire.next('puback');
				assert.deepEqual([messageId, reasonCode], [index + 1, 0]);
				if (index % 10 === 0)
					assert(keptIn(site, 'orderly').includes(times[index] ?? 0), `${index} was acknowledged and is not there`);
			}
		}
		assert.deepEqual(keptIn(site, 'orderly'), times);
	});

	await t.test('every refusal has its reason code and says why', async (u) => {
		const time = nextTime();
		const one = (reading: Parameters<typeof readingPacket>[2][number], more = {}) =>
			readingPacket('probe-1', 1, [reading], more);
		const cases: [string, Packet][] = [
			['0x87 reading-not-own-stream', one({ time }, { topic: 'hall/probe-2/dose-rate' })],
			['0x87 reading-not-own-stream', one({ time }, { topic: 'hall/probe-1/ghost' })],
			['0x87 reading-not-own-stream', one({ time }, { topic: 'other/probe-1/dose-rate' })],
			['0x87 reading-not-own-stream', one({ time }, { topic: 'hall/probe-1' })],
			['0x87 reading-not-own-stream', one({ time }, { topic: 'hall/probe-1/dose-rate/' })],
			['0x87 reading-not-own-stream', one({ time }, { topic: 'hall/probe-1/_commands' })],
			['0x99 reading-name', one({ time, name: 'probe-2/dose-rate' })],
			['0x99 reading-unit', one({ time, unit: 'Gy/h' })],
			['0x99 reading-value', one({ time, value: 10.1 })],
			['0x99 reading-value', one({ time, value: 'much' })],
			['0x99 reading-time-future', one({ time: Date.now() + 120_000 })],
			['0x99 reading-time-missing', publishOf(1, '[{"n":"probe-1/dose-rate","u":"Sv/h","v":1}]')],
			['0x99 reading-time-missing', publishOf(1, '[{"n":"probe-1/dose-rate","u":"Sv/h","v":1,"t":-5}]')],
			['0x99 reading-time-impossible', publishOf(1, '[{"n":"probe-1/dose-rate","u":"Sv/h","v":1,"t":1e300}]')],
			[
				'0x99 senml-unsupported',
				publishOf(1, `[{"n":"probe-1/dose-rate","u":"Sv/h","v":1,"t":${time / 1000},"secret":1}]`),
			],
			[
				'0x99 senml-unsupported',
				publishOf(1, `[{"n":"probe-1/dose-rate","u":"Sv/h","v":1,"t":${time / 1000},"x_":1}]`),
			],
			['0x99 senml-malformed', publishOf(1, '[{"n":')],
			['0x99 senml-malformed', publishOf(1, '')],
			// MQTT 5 §3.3.1.3 takes this for "delete the retained message"; a device deletes no reading.
			['0x99 senml-malformed', { ...publishOf(1, ''), retain: true } as Packet],
			['0x99 senml-malformed', publishOf(1, Uint8Array.from([0x81, 0xa1]))],
			['0x99 senml-malformed', publishOf(1, Uint8Array.from([0xff, 0xfe]))],
		];
		for (const [expected, packet] of cases) assert.equal(await answerTo(u, packet), expected, JSON.stringify(packet));
		assert.equal(
			await answerTo(u, readingPacket('desk', 1, [{ time }], { topic: 'hall/desk/dose-rate' }), desk),
			'0x87 reading-not-own-stream',
		);
		assert.deepEqual(keptIn(site, 'probe-1'), []);
		await countersSoon(site, 'reading-not-own-stream', 7);
		// Another thread may have counted it.
		const { counters } = await countersSoon(site, 'reading-unit', 1);
		assert.equal(counters['reading-unit'], 1);
	});

	await t.test('the good readings around a bad one are kept, in JSON and in CBOR', async (u) => {
		const device = await site.commissionDevice('hall', 'mixed');
		const wire = await openSession(u, site, device);
		const times = Array.from({ length: 6 }, nextTime);
		const record = (index: number, change = {}) => ({ time: times[index] ?? 0, value: index, ...change });
		wire.send(
			readingPacket('mixed', 1, [record(0), record(1, { unit: 'Cel' }), record(2)]),
			readingPacket('mixed', 2, [record(3)]),
			{
				...readingPacket('mixed', 3, []),
				payload: Buffer.from(
					encodeSenmlCbor(
						[record(4), record(1, { value: 99 }), record(5)].map(({ time, value }) => ({
							name: 'mixed/dose-rate',
							unit: 'Sv/h',
							time,
							value,
						})),
					),
				),
			} as Packet,
		);
		const answers = [await wire.next('puback'), await wire.next('puback'), await wire.next('puback')];
		assert.deepEqual(
			answers.map(({ messageId }) => messageId),
			[1, 2, 3],
		);
		assert.deepEqual(answers.map(told), ['0x99 reading-unit', '0x0', '0x99 reading-value']);
		assert.match(
			answers[0]?.properties?.reasonString ?? '',
			/^reading-unit: the unit must be Sv\/h.* \(input-refused\)$/,
		);
		assert.deepEqual(
			keptIn(site, 'mixed'),
			[0, 2, 3, 4, 5].map((index) => times[index]),
		);
	});

	await t.test('the same again is acknowledged, another value is a conflict', async (u) => {
		const device = await site.commissionDevice('hall', 'twice');
		const wire = await openSession(u, site, device);
		const [a, b] = [nextTime(), nextTime()];
		wire.send(
			readingPacket('twice', 1, [{ time: a }]),
			readingPacket('twice', 2, [{ time: a }]),
			readingPacket('twice', 3, [
				{ time: a, value: 5 },
				{ time: b, value: 5 },
			]),
			readingPacket('twice', 4, [{ time: b, value: 5 }], { dup: true }),
		);
		const answers = [
			await wire.next('puback'),
			await wire.next('puback'),
			await wire.next('puback'),
			await wire.next('puback'),
		];
		assert.deepEqual(answers.map(told), ['0x0', '0x0', '0x83 reading-conflict', '0x0']);
		assert.deepEqual(keptIn(site, 'twice'), [a, b]);
	});

	await t.test('MQTT 3.1.1: what is good is acknowledged, then a refused reading ends the connection', async (u) => {
		const device = await site.commissionDevice('hall', 'old');
		const wire = await openSession(u, site, device, 4);
		const times = Array.from({ length: 4 }, nextTime);
		wire.send(
			readingPacket('old', 1, [{ time: times[0] ?? 0 }]),
			readingPacket('old', 2, [{ time: times[1] ?? 0, unit: 'Cel' }]),
			readingPacket('old', 3, [{ time: times[2] ?? 0 }]),
		);
		assert.equal((await wire.next('puback')).messageId, 1);
		assert.equal((await wire.next('puback')).messageId, 3);
		await wire.ended();
		assert.deepEqual(wire.inbox, []);
		assert.deepEqual(keptIn(site, 'old'), [times[0], times[2]]);
		// And without a refused one it goes on.
		const again = await openSession(u, site, device, 4);
		again.send(readingPacket('old', 9, [{ time: times[3] ?? 0 }]));
		assert.equal((await again.next('puback')).messageId, 9);
	});

	await t.test('QoS 0 is kept and not answered', async (u) => {
		for (const version of [4, 5] as const) {
			const device = await site.commissionDevice('hall', `quiet-${version}`);
			const wire = await openSession(u, site, device, version);
			const times = Array.from({ length: 3 }, nextTime);
			const quiet = (time: number, unit = 'Sv/h') => readingPacket(`quiet-${version}`, 0, [{ time, unit }], { qos: 0 });
			wire.send(
				quiet(times[0] ?? 0),
				quiet(times[1] ?? 0, 'Cel'),
				quiet(times[2] ?? 0),
				readingPacket(`quiet-${version}`, 7, [{ time: times[2] ?? 0 }]),
			);
			assert.equal((await wire.next('puback')).messageId, 7);
			assert.deepEqual(keptIn(site, `quiet-${version}`), [times[0], times[2]]);
		}
	});

	await t.test('what CONNACK said is not supported ends the connection with its code', async (u) => {
		const time = nextTime();
		const cases: [number, Packet | Buffer][] = [
			[0x9b, readingPacket('probe-1', 1, [{ time }], { qos: 2 })],
			[0x94, readingPacket('probe-1', 1, [{ time }], { properties: { topicAlias: 1 } })],
			[0x82, readingPacket('probe-1', 0, [{ time }])],
			// Many in one TLS record: more in flight than CONNACK allowed.
			[
				0x93,
				Buffer.concat(
					Array.from({ length: 1100 }, (_, index) =>
						Buffer.from([0x32, 6, 0, 1, 0x78, (index + 1) >> 8, (index + 1) & 0xff, 0]),
					),
				),
			],
		];
		for (const [code, packet] of cases) {
			const wire = await openSession(u, site, probe);
			wire.socket.write(Buffer.isBuffer(packet) ? packet : rawBytes(wire, packet));
			const { reasonCode, properties } = await wire.next('disconnect');
			assert.equal(reasonCode, code, `0x${code.toString(16)}`);
			assert.match(properties?.reasonString ?? '', /^packet-(unsupported|malformed): /);
			await wire.ended();
		}
		assert.deepEqual(keptIn(site, 'probe-1'), []);
	});

	await t.test('CONNECT and PUBLISH in one write, split at every byte, and many in one', async (u) => {
		const device = await site.commissionDevice('hall', 'split');
		const times = Array.from({ length: 40 }, nextTime);
		const packets = (wire: Wire, from: number, count: number): Buffer =>
			Buffer.concat(
				[
					connectPacket(5),
					...times.slice(from, from + count).map((time, index) => readingPacket('split', index + 1, [{ time }])),
				].map(wire.bytesOf),
			);
		const atOnce = await openWire(u, site, device);
		atOnce.socket.write(packets(atOnce, 0, 30));
		assert.equal((await atOnce.next('connack')).reasonCode, 0);
		for (let index = 1; index <= 30; index++) assert.equal((await atOnce.next('puback')).messageId, index);
		const byteByByte = await openWire(u, site, device);
		byteByByte.socket.setNoDelay(true);
		for (const byte of packets(byteByByte, 30, 2)) {
			await new Promise((resolve) => byteByByte.socket.write(Uint8Array.of(byte), resolve));
		}
		assert.equal((await byteByByte.next('connack')).reasonCode, 0);
		assert.equal((await byteByByte.next('puback')).messageId, 1);
		assert.equal((await byteByByte.next('puback')).messageId, 2);
		assert.deepEqual(keptIn(site, 'split'), times.slice(0, 32));
	});

	await t.test('a policy epoch that changes a unit is what the next reading is judged by', async (u) => {
		const device = await site.commissionDevice('hall', 'epoch');
		const wire = await openSession(u, site, device);
		const answer = async (unit: string): Promise<string> => {
			wire.send(readingPacket('epoch', 1, [{ time: nextTime(), unit }]));
			return told(await wire.next('puback'));
		};
		assert.equal(await answer('Sv/h'), '0x0');
		await site.apply(hallPolicy.replace('unit: Sv/h', 'unit: Gy'));
		assert.equal(await answer('Sv/h'), '0x99 reading-unit');
		assert.equal(await answer('Gy'), '0x0');
		await site.apply(hallPolicy);
	});

	await t.test('a flood of one peer does not starve another', async (u) => {
		const [loud, soft] = [await site.commissionDevice('hall', 'loud'), await site.commissionDevice('hall', 'soft')];
		const flood = await openSession(u, site, loud);
		const count = 9_000;
		const readings = Array.from({ length: count }, () =>
			flood.bytesOf(readingPacket('loud', 0, [{ time: nextTime() }], { qos: 0 })),
		);
		const wire = await openSession(u, site, soft);
		flood.socket.write(Buffer.concat(readings));
		wire.send(readingPacket('soft', 1, [{ time: nextTime() }]));
		assert.equal((await wire.next('puback')).reasonCode, 0);
		assert(keptIn(site, 'loud').length < count, 'the flood was over before the other was answered');
		// And what the loud one sent is not lost for it.
		flood.send(readingPacket('loud', 1, [{ time: nextTime() }]));
		await flood.next('puback');
		assert.equal(keptIn(site, 'loud').length, count + 1);
	});

	const [report] = await site.ask('ledger.verify', { application: 'hall' });
	assert.deepEqual(report?.breaks, []);
});

/** mqtt-packet refuses to write some packets that a peer can send; their bytes are made by hand. */
const rawBytes = (wire: Wire, packet: Packet): Buffer => {
	if (packet.cmd !== 'publish' || packet.messageId !== 0) return wire.bytesOf(packet);
	const bytes = wire.bytesOf({ ...packet, messageId: 0xaaaa });
	const at = bytes.indexOf(Buffer.from([0xaa, 0xaa]));
	bytes.writeUInt16BE(0, at);
	return bytes;
};

/** Counters come from the workers about once a second. */
const countersSoon = async (site: TestSite, name: string, least: number) => {
	await until(`${name} is ${least}`, async () => ((await site.ask('site.status', {})).counters[name] ?? 0) >= least);
	return site.ask('site.status', {});
};

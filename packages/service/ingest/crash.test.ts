import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import type { Identity } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { decodeRecord } from '@keyward/core/observe';
import { openTestAtRest } from '../at-rest/at-rest.fixture.ts';
import { openSqliteStore, verifyLedger } from '@keyward/store';
import { parser, type Packet } from 'mqtt-packet';
import { startServiceProcess } from '@keyward/testing/service/service-process';
import { connectPacket, packetBytes, readingPacket } from '@keyward/testing/service/wire';

/** `KEYWARD_KILLS=10 KEYWARD_PUBLISHES=20000` does the whole show. */
const kills = Number(process.env['KEYWARD_KILLS'] ?? 2);
const publishes = Number(process.env['KEYWARD_PUBLISHES'] ?? 4000);

/** Messages in flight at a time. */
const window = 200;
const first = 1_700_000_000_000;
const timeOf = (index: number): number => first + index * 1000;

/**
 * Publishes readings as a device does that may be cut off at any moment: those that were not acknowledged are sent again,
 * in their order.
 */
const publisher = (identity: Identity, key: string, port: number) => {
	const acknowledged = new Set<number>();
	const refused: string[] = [];
	let connections = 0;
	let stopped = false;
	let mark = { count: Number.POSITIVE_INFINITY, reach: (): void => {} };
	let gate = Promise.withResolvers<void>();

	/** One connection's life; resolves when it is over. */
	const connection = (): Promise<void> =>
		new Promise((resolve) => {
			const socket = connect({
				host: '127.0.0.1',
				port,
				servername: 'localhost',
				cert: identity.certificate,
				key,
				ca: identity.serviceCa,
			});
			const reader = parser({ protocolVersion: 5 });
			const flying = new Map<number, number>();
			let next = 0;
			let identifier = 0;
			const fill = (): void => {
				const packets: Buffer[] = [];
				while (flying.size < window && next < publishes) {
					const index = next++;
					if (acknowledged.has(index)) continue;
					identifier = (identifier % 60_000) + 1;
					flying.set(identifier, index);
					packets.push(
						packetBytes(readingPacket('probe-1', identifier, [{ time: timeOf(index), value: index / 1e6 }]), 5),
					);
				}
				if (packets.length > 0) socket.write(Buffer.concat(packets));
				else if (flying.size === 0) socket.end();
			};
			reader.on('packet', (packet: Packet) => {
				if (packet.cmd === 'connack') {
					connections++;
					fill();
				} else if (packet.cmd === 'puback') {
					const index = flying.get(packet.messageId ?? 0);
					if (index === undefined || packet.reasonCode !== 0)
						refused.push(`${packet.messageId} ${packet.properties?.reasonString ?? ''}`);
					else acknowledged.add(index);
					flying.delete(packet.messageId ?? 0);
					if (acknowledged.size >= mark.count) mark.reach();
					if (flying.size < window / 2) fill();
				} else refused.push(JSON.stringify(packet));
			});
			socket.on('secureConnect', () => socket.write(packetBytes(connectPacket(5), 5)));
			socket.on('data', (bytes: Buffer) => void reader.parse(bytes));
			socket.on('error', () => socket.destroy());
			socket.on('close', () => resolve());
		});

	const done = (async () => {
		while (!stopped && acknowledged.size < publishes) {
			await gate.promise;
			await connection();
		}
	})();
	return {
		acknowledged,
		refused,
		connections: () => connections,
		done,
		/** Resolves in the very moment in which so many are acknowledged. */
		reached: (count: number): Promise<void> => new Promise((reach) => (mark = { count, reach })),
		/** Connects from now on, until `halt`. */
		go: () => gate.resolve(),
		halt: () => {
			gate = Promise.withResolvers();
		},
		stop: () => {
			stopped = true;
			gate.resolve();
		},
	};
};

test(`kill -9 of the service, ${kills} times during ${publishes} QoS 1 publishes`, async (t) => {
	const home = await mkdtemp(join(tmpdir(), 'keyward-crash-'));
	const data = join(home, 'data');
	let service = await startServiceProcess(data);
	t.after(async () => {
		await service.kill();
		await rm(home, { recursive: true, force: true });
	});
	const { httpsPort, mqttsPort } = service;
	const identity = await commission({
		commissioning: service.device,
		folder: join(home, 'probe-1'),
		kind: 'device',
		clock: { now: () => Date.now() },
		allowPlainKey: true,
	});
	const device = publisher(identity, await identity.privateKey(), mqttsPort);
	t.after(device.stop);

	/** What was acknowledged when the axe fell, for each kill. */
	const falls: number[] = [];
	for (let kill = 0; kill < kills; kill++) {
		// Spread over the whole run, each at a random moment of its part.
		const reached = device.reached(1 + Math.floor((publishes * (kill + Math.random() * 0.9)) / kills));
		device.go();
		await reached;
		falls.push(device.acknowledged.size);
		device.halt();
		await service.kill();
		service = await startServiceProcess(data, httpsPort, mqttsPort);
	}
	device.go();
	await device.done;
	await service.kill();
	assert(
		falls.every((fall) => fall > 0 && fall < publishes),
		`the axe fell outside the run: ${falls.join(', ')}`,
	);
	assert.deepEqual(device.refused, []);
	assert(device.connections() > kills);

	const database = openSqliteStore(data);
	t.after(() => database.close());
	const { store } = await openTestAtRest(database, data);
	const stream = (await store.streams('hall')).find((one) => one.stream === 'dose-rate');
	assert(stream !== undefined);
	const rows = await store.read(stream.id, 0, publishes + 1);
	// Once each, without a gap.
	assert.equal(rows.length, publishes);
	assert.deepEqual(
		rows.map(({ cursor }) => cursor),
		Array.from({ length: publishes }, (_, index) => index + 1),
	);
	// In order: whatever was in flight is sent again before anything newer.
	assert.deepEqual(
		rows.map(({ time }) => time),
		Array.from({ length: publishes }, (_, index) => timeOf(index)),
	);
	for (const { time, payload } of rows) assert.equal(decodeRecord(payload).value, (time - first) / 1e9);
	const { breaks, readings } = await verifyLedger(store, 'hall');
	assert.deepEqual(breaks, []);
	assert.equal(readings, publishes);
	t.diagnostic(`killed after ${falls.join(', ')} acknowledgements; ${device.connections()} connections`);
});

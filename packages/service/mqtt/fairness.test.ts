import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from 'mqtt-packet';
import { keptIn } from '@keyward/testing/service/kept-readings';
import { startSite } from '@keyward/testing/service/site';
import { connectPacket, openSession, openWire, readingPacket, type Wire } from '@keyward/testing/service/wire';

// CR 7.1: what one peer does to the service must not starve the next. Judged by what is answered while the flood goes on;
// how long it takes is measured by bench/flood.ts.

/** Answers to a quiet device for which each flood goes on. */
const ANSWERS = 40;
/** Answers to the loud device that may come between a quiet one's reading and its answer: a few of the loud one's receive maximum. */
const MOST_BETWEEN = 10_000;

let moment = Math.floor(Date.now() / 1000) * 1000 - 300_000_000;
const nextTime = (): number => (moment += 100);

test('a flood of one peer is not felt by another', async (t) => {
	const site = await startSite(t, { linkWorkers: 1 });
	const loud = await site.commissionDevice('hall', 'loud');
	const soft = await openSession(t, site, await site.commissionDevice('hall', 'soft'));
	let identifier = 0;

	/** Sends single readings one after another until all are answered, and then ends the flood. Gives how far `loudly` came between. */
	const answered = async (stop: AbortController, loudly: () => number = () => 0): Promise<number> => {
		let most = 0;
		for (let count = 0; count < ANSWERS; count++) {
			const before = loudly();
			soft.send(readingPacket('soft', (identifier = (identifier % 60_000) + 1), [{ time: nextTime() }]));
			assert.equal((await soft.next('puback')).reasonCode, 0);
			most = Math.max(most, loudly() - before);
		}
		assert(!stop.signal.aborted, 'the flood ended before the last answer');
		stop.abort();
		return most;
	};
	/** Sends the buffers as fast as the socket takes them, again from the first when they are out, until it is stopped. */
	const flood = (wire: Wire, bytes: readonly Buffer[]): AbortController => {
		const stop = new AbortController();
		void (async () => {
			for (let next = 0; !stop.signal.aborted; next++) {
				const one = bytes[next % bytes.length] ?? Buffer.alloc(0);
				if (!wire.socket.write(one)) await new Promise((resolve) => wire.socket.once('drain', resolve));
			}
		})();
		return stop;
	};
	/** Packets in buffers of some 64 KiB, so that making them does not slow the flood. */
	const pack = (wire: Wire, packets: readonly Packet[]): Buffer[] => {
		const all: Buffer[] = [];
		for (let from = 0; from < packets.length; from += 700) {
			all.push(Buffer.concat(packets.slice(from, from + 700).map(wire.bytesOf)));
		}
		return all;
	};

	await t.test('QoS 0', async (u) => {
		const wire = await openSession(u, site, loud);
		const times = Array.from({ length: 60_000 }, nextTime);
		const packets = times.map((time) => readingPacket('loud', 0, [{ time }], { qos: 0 }));
		await answered(flood(wire, pack(wire, packets)));
		wire.socket.destroy();
	});

	await t.test('QoS 1 that heeds the receive maximum', async (u) => {
		const wire = await openSession(u, site, loud);
		let next = 0;
		let came = 0;
		const stop = new AbortController();
		const send = (count: number): void => {
			const packets = Array.from({ length: count }, () =>
				wire.bytesOf(readingPacket('loud', (next++ % 60_000) + 1, [{ time: nextTime() }])),
			);
			wire.socket.write(Buffer.concat(packets));
		};
		wire.onPacket = () => {
			came++;
			if (!stop.signal.aborted) send(1);
		};
		send(1000);
		const most = await answered(stop, () => came);
		assert(most < MOST_BETWEEN, `${most} answers to the loud device came before one to the quiet one`);
		u.diagnostic(`at most ${most} answers to the loud device between a reading and its answer`);
	});

	await t.test('old readings, again and again, in messages of many', async (u) => {
		const wire = await openSession(u, site, loud);
		const old = keptIn(site, 'loud').slice(0, 40_000);
		assert(old.length > 1000);
		const packets: Packet[] = [];
		for (let from = 0; from + 200 <= old.length; from += 200) {
			// Known ones, and ones that were never there: both have to be looked for.
			const records = old.slice(from, from + 200).map((time, index) => ({ time: index % 2 === 0 ? time : time + 1 }));
			packets.push(readingPacket('loud', (from % 60_000) + 1, records, { qos: 0 }));
		}
		await answered(flood(wire, packets.map(wire.bytesOf)));
		wire.socket.destroy();
	});

	await t.test('a device that repeats itself is answered in order, once everything is decided', async (u) => {
		const device = await site.commissionDevice('hall', 'again');
		const wire = await openSession(u, site, device);
		const times = Array.from({ length: 600 }, nextTime);
		const at = (index: number): number => times[index] ?? 0;
		// New ones, then old and new in turn: the answers to all come in the order of the messages.
		const order = [
			...Array.from({ length: 300 }, (_, index) => at(index)),
			...Array.from({ length: 300 }, (_, index) => (index % 2 === 0 ? at(index) : at(300 + index))),
		];
		wire.send(...order.map((time, index) => readingPacket('again', index + 1, [{ time }])));
		for (let index = 1; index <= order.length; index++) {
			const { messageId, reasonCode } = await wire.next('puback');
			assert.deepEqual([messageId, reasonCode], [index, 0]);
		}
		assert.deepEqual(new Set(keptIn(site, 'again')), new Set(order));
		assert.equal(keptIn(site, 'again').length, new Set(order).size);
	});

	await t.test('connections that never say anything are few for one certificate', async (u) => {
		// One after the other, so that it is known which are the oldest.
		const idle: Wire[] = [];
		while (idle.length < 12) idle.push(await openWire(u, site, loud));
		// The oldest of them went, nobody else did, and the newest can go on.
		await Promise.all(idle.slice(0, 4).map((wire) => wire.ended(120_000)));
		const [last] = idle.slice(-1);
		last?.send(connectPacket(5));
		assert.equal((await last?.next('connack'))?.reasonCode, 0);
		soft.send({ cmd: 'pingreq' });
		await soft.next('pingresp');
	});
});

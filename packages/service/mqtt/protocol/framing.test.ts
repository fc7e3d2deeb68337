import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { Framer } from './framing.ts';

const packet = (body: Uint8Array): Buffer => {
	const head = [0x30];
	let left = body.length;
	do {
		head.push((left % 128) + (left >= 128 ? 128 : 0));
		left = Math.floor(left / 128);
	} while (left > 0);
	return Buffer.concat([Buffer.from(head), body]);
};

test('however the bytes are cut, the same packets come out', () => {
	fc.assert(
		fc.property(
			fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }),
			fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
			(bodies, steps) => {
				const packets = bodies.map(packet);
				const bytes = Buffer.concat(packets);
				const framer = new Framer(1000);
				const found: Buffer[] = [];
				for (let at = 0, turn = 0; at < bytes.length; turn++) {
					const step = steps[turn % steps.length] ?? 1;
					framer.push(bytes.subarray(at, at + step));
					at += step;
					// Taken at once, or left to gather.
					for (let one = turn % 3 === 2 ? null : framer.take(); one !== null; one = framer.take()) {
						assert(typeof one !== 'string');
						found.push(Buffer.from(one));
					}
				}
				for (let one = framer.take(); one !== null; one = framer.take()) found.push(Buffer.from(one as Buffer));
				assert.deepEqual(found, packets);
				assert.equal(framer.pending, 0);
			},
		),
	);
});

test('a packet too large is refused by its head, before its body is kept', () => {
	const framer = new Framer(100);
	framer.push(packet(new Uint8Array(99)).subarray(0, 2));
	assert.equal(framer.take(), 'too-large');
	const fitting = new Framer(100);
	fitting.push(packet(new Uint8Array(98)));
	assert.equal(fitting.take()?.length, 100);
});

test('a length of more than four bytes is malformed (MQTT 5 §1.5.5)', () => {
	const whole = new Framer(1e9);
	whole.push(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x01]));
	assert.equal(whole.take(), 'malformed');
	const framer = new Framer(1e9);
	framer.push(Buffer.from([0x30, 0xff, 0xff, 0xff]));
	assert.equal(framer.take(), null);
	assert.equal(framer.pending, 4);
	framer.push(Buffer.from([0x80]));
	assert.equal(framer.take(), 'malformed');
});

test('a packet that comes a byte at a time takes no more memory than its bytes and some', () => {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	const body = packet(new Uint8Array(60_000));
	const framer = new Framer(100_000);
	collect();
	const before = process.memoryUsage().heapUsed;
	// Each its own memory, as a record of TLS has it.
	for (const byte of body) framer.push(Buffer.alloc(1, byte));
	collect();
	const grown = process.memoryUsage().heapUsed - before;
	assert.deepEqual(framer.take(), body);
	assert.ok(grown < 2_000_000, `${grown} bytes`);
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@keyward/testing/folder';
import fc from 'fast-check';
import { defaultLimits, Outbox } from './outbox.ts';
import type { Sample } from '../sample/source.ts';

const folderOf = (): string => {
	const folder = temporaryFolder('keyward-outbox-');
	return folder;
};

const reading = (time: number, value: number | string | boolean = time, stream = 'dose'): Sample => ({
	stream,
	time,
	value,
	unit: 'Sv/h',
});

test('readings wait in order, and leave when they are answered', () => {
	const folder = folderOf();
	using outbox = new Outbox(folder);
	const samples: Sample[] = [
		reading(3, 1.5e-7),
		reading(1, 'text', 'note'),
		reading(2, true),
		{ stream: 'plain', time: 9, value: -1 },
	];
	for (const sample of samples) assert.equal(outbox.put(sample), true);
	const waiting = outbox.next(10);
	assert.deepEqual(
		waiting.map(({ id: _, ...sample }) => sample),
		samples,
	);
	assert.deepEqual(
		outbox.next(2).map(({ time }) => time),
		[3, 1],
	);
	assert.deepEqual(
		outbox.next(2, waiting[1]?.id).map(({ time }) => time),
		[2, 9],
	);

	outbox.acknowledged(waiting.slice(0, 2).map(({ id }) => id));
	outbox.acknowledged(waiting.slice(0, 2).map(({ id }) => id));
	outbox.refused(waiting[2]?.id ?? 0, 'reading-unit', 'the unit must be mSv/h');
	assert.equal(outbox.waiting, 1);
	assert.deepEqual(
		outbox.next(10).map(({ time }) => time),
		[9],
	);
	assert.deepEqual(
		outbox.refusals().kept.map(({ time, code, detail }) => ({ time, code, detail })),
		[{ time: 2, code: 'reading-unit', detail: 'the unit must be mSv/h' }],
	);
});

test('an identity is kept once, also when it has been answered; another value is a conflict', () => {
	const folder = folderOf();
	{
		using outbox = new Outbox(folder);
		outbox.put(reading(1));
		outbox.put(reading(2));
		outbox.put(reading(3));
		const [first, second] = outbox.next(2);
		outbox.acknowledged([first?.id ?? 0]);
		outbox.refused(second?.id ?? 0, 'reading-value', 'too much');
	}
	using outbox = new Outbox(folder);
	for (const time of [1, 2, 3]) assert.equal(outbox.put(reading(time)), false);
	assert.equal(outbox.put(reading(1, 1, 'other')), true);
	for (const time of [1, 2, 3]) assert.throws(() => outbox.put(reading(time, 99)), { code: 'reading-conflict' });
	assert.throws(() => outbox.put({ stream: 'dose', time: 3, value: 3, unit: 'Gy' }), { code: 'reading-conflict' });
	assert.deepEqual(
		outbox.next(10).map(({ stream, time, value }) => [stream, time, value]),
		[
			['dose', 3, 3],
			['other', 1, 1],
		],
	);
	assert.equal(outbox.retryRefused(), 1);
	assert.deepEqual(
		outbox.next(10).map(({ time }) => time),
		[2, 3, 1],
	);
	assert.equal(outbox.waiting, 3);
});

test('it is bounded: full is said, the oldest refusals make room and are counted, delivered ones are forgotten', () => {
	using outbox = new Outbox(folderOf(), { waiting: 3, refused: 2, delivered: 2 });
	for (const time of [1, 2, 3]) outbox.put(reading(time));
	assert(outbox.full);
	assert.throws(() => outbox.put(reading(4)), { code: 'outbox-full' });
	for (const { id } of outbox.next(3)) outbox.refused(id, 'reading-value', 'no');
	assert.deepEqual(
		outbox.refusals().kept.map(({ time }) => time),
		[2, 3],
	);
	assert.equal(outbox.refusals().dropped, 1);
	for (const time of [4, 5, 6]) outbox.put(reading(time));
	outbox.acknowledged(outbox.next(3).map(({ id }) => id));
	assert.equal(outbox.put(reading(6)), false);
	assert.equal(outbox.put(reading(5)), false);
	assert.equal(outbox.put(reading(4)), true);
});

test('one agent at a time, and the lock is gone with its process', () => {
	const folder = folderOf();
	const first = new Outbox(folder);
	assert.throws(() => new Outbox(folder), { code: 'store-in-use' });
	first.put(reading(1));
	first.close();
	using second = new Outbox(folder);
	assert.equal(second.waiting, 1);
});

test('a folder that is not there is said', () => {
	assert.throws(() => new Outbox(join(folderOf(), 'nowhere')), { code: 'store-failed' });
});

test('a damaged file is refused and kept aside, and the next start begins again', () => {
	const folder = folderOf();
	const path = join(folder, 'outbox.sqlite');
	const damages: ((whole: Buffer) => Buffer)[] = [
		() => Buffer.from('this is no database, whatever it is called; it is text, and it goes on for a while'),
		(whole) => whole.subarray(0, whole.length / 2),
		(whole) => Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 0xa5)]),
	];
	for (const [number, damage] of damages.entries()) {
		const outbox = new Outbox(folder);
		for (let time = 0; time < 500; time++) outbox.put(reading(time));
		outbox.close();
		const damaged = damage(readFileSync(path));
		writeFileSync(path, damaged);
		assert.throws(() => new Outbox(folder), { code: 'outbox-corrupt', detail: new RegExp(`damaged-${number + 1},`) });
		assert.equal(existsSync(path), false);
		assert.deepEqual(readFileSync(`${path}.damaged-${number + 1}`), damaged);
		using fresh = new Outbox(folder);
		assert.equal(fresh.waiting, 0);
		fresh.close();
		rmSync(path);
	}
	assert.equal(readdirSync(folder).filter((name) => /damaged-\d$/.test(name)).length, 3);
});

test('kill -9 at any moment loses nothing that was durable, and doubles nothing', { timeout: 60_000 }, async () => {
	const folder = folderOf();
	let next = 0;
	for (let round = 0; round < 5; round++) {
		const child = spawn(
			process.execPath,
			[fileURLToPath(import.meta.resolve('@keyward/testing/agent/fill-outbox')), folder, String(next)],
			{ stdio: ['ignore', 'pipe', 'inherit'] },
		);
		const stopAt = next + 100 + Math.floor(Math.random() * 200);
		const lines = createInterface({ input: child.stdout });
		let last = -1;
		for await (const line of lines) {
			last = Number(line);
			if (last === stopAt) child.kill('SIGKILL');
		}
		if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
		assert.equal(child.signalCode, 'SIGKILL');

		using outbox = new Outbox(folder, { ...defaultLimits, delivered: 1_000_000 });
		// What was said to be durable is there: putting it again stores nothing.
		for (let number = 0; number <= last; number++) {
			assert.equal(outbox.put({ stream: 'count', time: number, value: number }), false, `lost ${number}`);
		}
		const times = outbox.next(1_000_000).map(({ time }) => time);
		assert.deepEqual(
			times,
			times.toSorted((a, b) => a - b),
		);
		assert.equal(new Set(times).size, times.length);
		assert.equal(times.length, outbox.waiting);
		next = (times.at(-1) ?? last) + 1;
	}
});

test('whatever is put and answered, what waits is what was put, less what was answered, in order', () => {
	const step = fc.oneof(
		fc.record({
			do: fc.constant('put' as const),
			stream: fc.constantFrom('a', 'b'),
			time: fc.nat(20),
			value: fc.nat(2),
		}),
		fc.record({ do: fc.constant('acknowledge' as const), count: fc.integer({ min: 1, max: 5 }) }),
		fc.record({ do: fc.constant('refuse' as const) }),
	);
	const folder = folderOf();
	fc.assert(
		fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
			using outbox = new Outbox(folder, { waiting: 8, refused: 100, delivered: 100 });
			const known = new Map<string, number>();
			let model: string[] = [];
			for (const it of steps) {
				if (it.do === 'put') {
					const key = `${it.stream} ${it.time}`;
					const before = known.get(key);
					let got: string;
					try {
						got = String(outbox.put({ stream: it.stream, time: it.time, value: it.value }));
					} catch (error) {
						got = (error as { code: string }).code;
					}
					if (model.length >= 8) assert.equal(got, 'outbox-full');
					else if (before === undefined) {
						assert.equal(got, 'true');
						known.set(key, it.value);
						model.push(key);
					} else assert.equal(got, before === it.value ? 'false' : 'reading-conflict');
				} else if (it.do === 'acknowledge') {
					outbox.acknowledged(outbox.next(it.count).map(({ id }) => id));
					model = model.slice(it.count);
				} else {
					for (const { id } of outbox.next(1)) outbox.refused(id, 'reading-value', 'no');
					model = model.slice(1);
				}
				assert.deepEqual(
					outbox.next(100).map(({ stream, time }) => `${stream} ${time}`),
					model,
				);
				assert.equal(outbox.waiting, model.length);
			}
			outbox.close();
			for (const name of readdirSync(folder)) rmSync(join(folder, name));
		}),
		{ numRuns: 60 },
	);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBulkWriter } from './bulk-writer.ts';

test('the newest of each key is written once, and what a failed write had goes with the next', async (t) => {
	const written: (readonly string[])[] = [];
	const reported: unknown[] = [];
	const disk = { fails: false, onWrite: () => {} };
	const writer = createBulkWriter<string>(
		async (values) => {
			disk.onWrite();
			if (disk.fails) throw new Error('full');
			written.push(values);
		},
		(error) => reported.push(error),
	);
	t.after(() => writer.stop());
	writer.put('a', 'a1');
	writer.put('a', 'a2');
	writer.put('b', 'b1');
	assert.ok(writer.waits('a') && !writer.waits('c'));
	await writer.flush();
	await writer.flush();
	assert.deepEqual(written.splice(0), [['a2', 'b1']]);

	disk.fails = true;
	for (const key of ['a', 'b', 'c']) writer.put(key, `${key}3`);
	disk.onWrite = () => {
		// While the disk is waited for: a newer one, and one that is of nobody any more.
		writer.put('a', 'a4');
		writer.drop('b');
	};
	await writer.flush();
	assert.equal(reported.length, 1);
	assert.ok(!writer.waits('b'));
	[disk.fails, disk.onWrite] = [false, () => {}];
	await writer.flush();
	assert.deepEqual(written, [['a4', 'c3']]);
});

test('what is done between two writes comes after the one under way, and its failure is its own', async (t) => {
	const order: string[] = [];
	const writer = createBulkWriter<string>(async (values) => {
		await new Promise((resolve) => setImmediate(resolve));
		order.push(...values);
	}, assert.ifError);
	t.after(() => writer.stop());
	writer.put('a', 'a1');
	const flushed = writer.flush();
	await writer.between(async () => void order.push('between'));
	assert.deepEqual(order, ['a1', 'between']);
	await assert.rejects(
		writer.between(() => Promise.reject(new Error('its own'))),
		/its own/,
	);
	await flushed;
	writer.put('b', 'b1');
	await writer.stop();
	assert.deepEqual(order, ['a1', 'between', 'b1']);
});

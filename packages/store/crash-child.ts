/*
 * Appends commits to the store in the given folder for as long as it lives; a line for each that was acknowledged.
 * With `keep`, it forgets what is older by that much. With `bytes`, records have as many at least.
 */
import { writeSync } from 'node:fs';
import { Problem } from '@keyward/core';
import { join } from 'node:path';
import { commits } from '@keyward/testing/store/commits';
import { openTruncator } from '@keyward/testing/store/truncation';
import { openSqliteStore } from './sqlite/open.ts';

const [folder = '', pause = '0', keep = '', bytes = '0'] = process.argv.slice(2);
const store = openSqliteStore(folder);
const streams = await Promise.all(
	Array.from({ length: 40 }, (_, i) =>
		store.openStream({ application: i % 3 === 0 ? 'weather' : 'hall', device: `device-${i}`, stream: 'level' }),
	),
);
const { commit } = commits(store, Number(bytes));
const forgetter = keep === '' ? null : openTruncator(join(folder, 'test-ledger.key'));
const start = Math.max(0, ...streams.map(({ newest }) => newest ?? 0));
for (let round = 1; ; round++) {
	// One to a few hundred rows; some late.
	const count = 1 + ((round * 37) % 300);
	const readings = Array.from({ length: count }, (_, i) => {
		const stream = streams[(round * 7 + i) % streams.length];
		if (!stream) throw new Error('no stream');
		return [stream, start + round * 1000 + i - (i % 11 === 10 ? 600 : 0)] as const;
	});
	const made = await commit(readings);
	try {
		await store.append(made);
	} catch (error) {
		writeSync(1, `failed ${error instanceof Problem ? error.code : String(error)}\n`);
		if (pause === '0') throw error;
		// The parent mends the disk meanwhile.
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(pause));
		await store.append(made);
		writeSync(1, 'mended\n');
	}
	if (round % 3 === 0) await forgetter?.truncateBefore(store, start + round * 1000 - Number(keep), 400, 60);
	writeSync(1, `${made.rows.map((row) => `${row.stream}:${row.cursor}:${row.time}`).join(' ')}\n`);
}

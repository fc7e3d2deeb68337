import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentType, encodeRecord } from '@keyward/core/observe';
import type { Row, StreamName } from '@keyward/core/port';
import { openSqliteStore } from '@keyward/store';
import { openDataKeys } from '../packages/service/at-rest/data-keys.ts';
import { createLeaves, type Encrypt } from '../packages/service/ingest/leaves.ts';
import { commitPending, openStreams } from '../packages/service/ingest/streams.ts';
import { median } from './lib/compare.ts';
import { table, verdict, where, writeSection } from './lib/report.ts';

// What encryption at rest costs the committer: the same rows covered, stored and synced, plain and encrypted, in turns.

const rounds = 7;
/** A tenth of what a reading costs on its whole way over links. */
const aim = 5;
const shapes = [
	{ streams: 100, each: 10, commits: 60 },
	{ streams: 700, each: 1, commits: 80 },
] as const;

const clock = { now: (): number => Date.now() };
const entropy = { bytes: (count: number): Uint8Array => Uint8Array.from(randomBytes(count)) };
const plain: Encrypt = async (_application: string, rows: readonly Row[]) => [...rows];

/** Readings per second of this thread's processor time. */
const run = async (shape: (typeof shapes)[number], isEncrypted: boolean): Promise<number> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-bench-'));
	const store = openSqliteStore(folder);
	try {
		const keys = await openDataKeys({ store, keyEncryptionKey: entropy.bytes(32), clock, entropy });
		const streams = await openStreams(store, () => {});
		const leaves = createLeaves(store, streams, isEncrypted ? keys.encrypt : plain);
		const name = (index: number): StreamName => ({ application: 'hall', device: `d-${index}`, stream: 'dose' });
		const live = await Promise.all(Array.from({ length: shape.streams }, (_, index) => streams.open(name(index))));
		const payload = encodeRecord({ value: 1.25e-7, unit: 'Sv/h' });
		const commit = async (number: number): Promise<void> => {
			for (const stream of live) {
				const rows = Array.from({ length: shape.each }, (_, index) => {
					const time = 1_790_000_000_000 + number * 1000 + index;
					return {
						stream: stream.id,
						cursor: ++stream.nextLast,
						identity: time,
						time,
						type: contentType.value,
						payload,
					};
				});
				stream.pending = rows.map((row) => ({ ...row, flags: 0 }));
				stream.nextNewest = rows.at(-1)?.time ?? 0;
			}
			const covered = await leaves.cover(live);
			await store.append(covered.commit);
			leaves.keep(covered);
			for (const stream of live) commitPending(stream);
		};
		// The first makes the keys, and warms up.
		for (let number = 0; number < 10; number++) await commit(number);
		const before = process.cpuUsage();
		for (let number = 10; number < 10 + shape.commits; number++) await commit(number);
		const { user, system } = process.cpuUsage(before);
		return (shape.commits * shape.streams * shape.each) / ((user + system) / 1e6);
	} finally {
		await store.close();
		await rm(folder, { recursive: true });
	}
};

const rows: string[][] = [];
for (const shape of shapes) {
	const sides: { readonly plain: number; readonly encrypted: number }[] = [];
	for (let round = 0; round < rounds; round++)
		sides.push({ plain: await run(shape, false), encrypted: await run(shape, true) });
	const thousands = (side: 'plain' | 'encrypted'): string =>
		`${Math.round(median(sides.map((one) => one[side])) / 1000)} k`;
	const ratio = median(sides.map((one) => one.encrypted / one.plain));
	const added = median(sides.map((one) => 1e6 / one.encrypted - 1e6 / one.plain));
	rows.push([
		`${shape.streams} streams × ${shape.each}`,
		...[thousands('plain'), thousands('encrypted'), `${ratio.toFixed(2)} ×`],
		`${added.toFixed(1)} µs; aim ≤ ${aim} µs: ${verdict(added <= aim)}`,
	]);
}

writeSection(
	'Encryption at rest',
	`${where()}

The committer alone, in one process without links: rows covered by their leaf, stored and synced, per second of processor time; plain and
encrypted take turns, medians of ${rounds} rounds. On the whole way of a reading, some 50 µs of processor time over links, the
added time is what it costs. One cipher of Node (createCipheriv) is 2.5 µs of it.

${table(['a commit', 'plain', 'encrypted', 'encrypted against plain', 'added to a reading'], rows)}`,
);

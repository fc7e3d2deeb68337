import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { contentType, sequenceIdentity } from '@keyward/core/observe';
import type { Row, Store, StreamState } from '@keyward/core/port';
import { commits, record } from './commits.ts';
import { found } from './suite-readings.ts';
import { truncateBefore, ledgerKey } from './truncation.ts';
import { type OpenStore, rejects, withStore } from './suite-place.ts';
import { planTruncation, verifyLedger } from '@keyward/store';

const dose = { application: 'hall', device: 'gamma-1', stream: 'dose-rate' };
const wind = { application: 'weather', device: 'mast-1', stream: 'wind' };

const verify = (store: Store, application: string): ReturnType<typeof verifyLedger> =>
	verifyLedger(store, application, { key: ledgerKey(application) });

/** Ten commits of ten rows: times 0 to 99 of `hall`, and in every other commit three of `weather` among them. */
const fill = async (store: Store): Promise<{ a: StreamState; b: StreamState; rows: Row[] }> => {
	const [a, b] = [await store.openStream(dose), await store.openStream(wind)];
	const { commit } = commits(store);
	const rows: Row[] = [];
	for (let i = 0; i < 10; i++) {
		const readings = Array.from({ length: 10 }, (_, j) => [a, 10 * i + j] as const);
		const others = i % 2 === 0 ? [0, 1, 2].map((j) => [b, 10 * i + j] as const) : [];
		const made = await commit([...readings.slice(0, 5), ...others, ...readings.slice(5)]);
		await store.append(made);
		rows.push(...made.rows);
	}
	return { a, b, rows };
};

export const truncationSuite = (name: string, open: OpenStore): void => {
	test(`${name}: what is forgotten is gone, whole leaves of it, and the rest is proven`, () =>
		withStore(open, async (store) => {
			const { a, b, rows } = await fill(store);
			const leaves = await store.leaves('hall', 0, 100);
			assert.equal(await truncateBefore(store, 0), 0);
			assert.deepEqual(await store.forgotten(), { before: null, leaves: new Map() });
			// The commit of the times 40 to 49 has one that is not before 45.
			assert.equal(await truncateBefore(store, 45), 46);
			const kept = rows.slice(46);
			const forgotten = { before: 45, leaves: new Map(Object.entries({ hall: 4, weather: 2 })) };
			assert.deepEqual(await store.forgotten(), forgotten);
			assert.deepEqual((await store.journal(0, 1000)).rows, kept);
			const of = ({ id }: StreamState): Row[] => kept.filter(({ stream }) => stream === id);
			for (const after of [0, 1, 39, 40]) {
				assert.deepEqual(await store.read(a.id, after, 1000), of(a));
				assert.deepEqual(await store.read(a.id, after, 3), of(a).slice(0, 3));
			}
			assert.deepEqual(await store.read(a.id, 41, 2), of(a).slice(1, 3));
			assert.deepEqual(await store.read(b.id, 0, 1000), of(b));
			assert.deepEqual(
				(await store.streams()).map(({ first, last, newest }) => [first, last, newest]),
				[
					[41, 100, 99],
					[7, 15, 82],
				],
			);
			const asked = [39, 40, 44, 99].map((time) => ({ stream: a.id, identity: time }));
			assert.deepEqual(await found(store, asked), [null, ...[40, 44, 99].map((time) => record(a.id, time))]);
			assert.deepEqual(await store.leaves('hall', 0, 10), leaves);
			const hall = await verify(store, 'hall');
			assert.deepEqual([hall.breaks, hall.readings, hall.forgotten, hall.keptFrom, hall.leaves], [[], 60, 40, 45, 11]);
			const weather = await verify(store, 'weather');
			assert.deepEqual([weather.breaks, weather.readings, weather.forgotten, weather.keptFrom], [[], 9, 6, 45]);
			assert.equal(await truncateBefore(store, 45), 0, 'again: nothing more');
			assert.equal(await truncateBefore(store, 1000), 69);
			assert.deepEqual((await store.journal(0, 1000)).rows, []);
			assert.deepEqual(await store.read(a.id, 0, 1000), []);
			assert.deepEqual((await verify(store, 'hall')).breaks, []);
		}));

	test(`${name}: a sequenced record that is forgotten does not come back, whatever its time`, () =>
		withStore(open, async (store) => {
			const { id } = await store.openStream(dose);
			const sealed = (cursor: number, sequence: number, time: number): Row => ({
				...{ stream: id, cursor, identity: sequenceIdentity(1, sequence), time },
				...{ type: contentType['cose-encrypt0'], payload: Uint8Array.of(0xd0, sequence) },
			});
			const { commit } = commits(store);
			await store.append(await commit([], [sealed(1, 0, 10), sealed(2, 7, 20)]));
			await store.append(await commit([], [sealed(3, 3, 90)]));
			assert.equal(await truncateBefore(store, 50), 2);
			const [state] = await store.streams();
			assert.deepEqual([state?.first, state?.forgotten], [3, sequenceIdentity(1, 7)]);
			for (const sequence of [0, 7, 5]) {
				const again = { rows: [sealed(4, sequence, 99)], leaves: [], edges: [] };
				await rejects(store.append(again), 'store-failed');
			}
			await store.append(await commit([], [sealed(4, 8, 95)]));
			assert.deepEqual((await verify(store, 'hall')).breaks, []);
		}));

	test(`${name}: nothing of a time before the watermark is stored any more, all else goes on`, () =>
		withStore(open, async (store) => {
			const { a } = await fill(store);
			await truncateBefore(store, 45);
			const again = (times: readonly number[]) => async (): Promise<void> => {
				const stream = await store.openStream(dose);
				await store.append(await commits(store).commit(times.map((time) => [stream, time])));
			};
			await rejects(again([200, 5])(), 'store-failed');
			await rejects(again([-1])(), 'store-failed');
			await rejects(again([45])(), 'store-failed');
			await again([200, 150])();
			const rows = await store.read(a.id, 98, 10);
			assert.deepEqual(
				rows.map(({ cursor, time }) => [cursor, time]),
				[
					[99, 98],
					[100, 99],
					[101, 200],
					[102, 150],
				],
			);
			assert.equal(await truncateBefore(store, 1000), 71);
			assert.deepEqual(await store.openStream(dose), {
				...dose,
				id: a.id,
				first: 103,
				last: 102,
				newest: 200,
				latest: 200,
				forgotten: null,
			});
			await again([1000])();
			assert.deepEqual(
				(await store.read(a.id, 0, 10)).map(({ cursor }) => cursor),
				[103],
			);
			const { breaks, readings, forgotten } = await verify(store, 'hall');
			assert.deepEqual([breaks, readings, forgotten], [[], 1, 102]);
		}));

	test(`${name}: a watermark that does not hold is refused, and nothing changes`, () =>
		withStore(open, async (store) => {
			await fill(store);
			await truncateBefore(store, 20);
			const picture = async (): Promise<unknown> => [
				await store.streams(),
				await store.journal(0, 1000),
				await store.forgotten(),
			];
			const before = await picture();
			const [watermark] = await planTruncation(store, 45, 1, 1);
			assert(watermark);
			for (const bad of [
				{ ...watermark, before: 29 },
				{ ...watermark, position: 10_000 },
				{ ...watermark, leaves: new Map([['hall', 1]]) },
				{ ...watermark, leaves: new Map([['hall', 1000]]) },
				{ ...watermark, leaves: new Map([['nowhere', 1]]) },
			]) {
				await rejects(store.forget(bad), 'store-failed');
				assert.deepEqual(await picture(), before);
			}
			assert.equal(await store.forget(watermark), 13);
		}));

	test(`${name}: a plan goes in steps, and no further than asked`, () =>
		withStore(open, async (store) => {
			await fill(store);
			const plan = await planTruncation(store, 1000, 60, 20);
			assert.deepEqual(
				plan.map(({ leaves }) => [...leaves]),
				[
					[
						['hall', 2],
						['weather', 1],
					],
					[
						['hall', 4],
						['weather', 2],
					],
					[
						['hall', 6],
						['weather', 3],
					],
				],
			);
			const counts: number[] = [];
			for (const watermark of plan) counts.push(await store.forget(watermark));
			assert.deepEqual(counts, [23, 23, 23]);
			assert.deepEqual(await planTruncation(store, 60, 1000, 1000), []);
		}));

	test(`${name}: agrees with a plain list whatever is forgotten when`, () =>
		fc.assert(
			fc.asyncProperty(
				fc.array(
					fc.record({
						readings: fc.array(fc.tuple(fc.nat(1), fc.nat(120)), { maxLength: 60 }),
						forget: fc.option(fc.nat(150), { freq: 2 }),
					}),
					{ maxLength: 12 },
				),
				async (plan) =>
					withStore(open, async (store) => {
						const streams = [await store.openStream(dose), await store.openStream(wind)];
						const { commit } = commits(store);
						const seen = new Map<string, Row>();
						let kept: Row[] = [];
						let watermark = -Infinity;
						for (const [round, { readings, forget }] of plan.entries()) {
							const fresh: (readonly [StreamState, number])[] = [];
							for (const [which, offset] of readings) {
								const stream = streams[which];
								const time = 40 * round + offset;
								const key = `${which} ${time}`;
								if (!stream || seen.has(key) || time < watermark || fresh.some(([s, t]) => s === stream && t === time))
									continue;
								fresh.push([stream, time]);
							}
							if (fresh.length > 0) {
								const made = await commit(fresh);
								await store.append(made);
								kept.push(...made.rows);
								for (const row of made.rows) seen.set(`${row.stream === streams[0]?.id ? 0 : 1} ${row.time}`, row);
							}
							if (forget !== null) {
								const before = 40 * round - 60 + forget;
								const gone = await truncateBefore(store, before, 1000, 7);
								assert(kept.slice(0, gone).every(({ time }) => time < before));
								kept = kept.slice(gone);
								if (gone > 0) watermark = Math.max(watermark, before);
							}
							assert.deepEqual((await store.journal(0, 10_000)).rows, kept);
						}
						for (const stream of streams) {
							const own = kept.filter((row) => row.stream === stream.id);
							const { first, last } = await store.openStream(stream);
							assert.deepEqual([first, last], [last - own.length + 1, own.at(-1)?.cursor ?? last]);
							for (let after = 0; after <= last; after += 5) {
								const from = own.filter(({ cursor }) => cursor > after);
								assert.deepEqual(await store.read(stream.id, after, 9), from.slice(0, 9));
							}
							for (const row of own) {
								assert.deepEqual(await found(store, [{ stream: stream.id, identity: row.time }]), [row.payload]);
							}
							const findings = await verify(store, stream.application);
							assert.deepEqual([findings.breaks, findings.readings], [[], own.length]);
							assert.equal(findings.forgotten, last - own.length);
						}
					}),
			),
			{ numRuns: 25 },
		));
};

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { contentType, sequenceIdentity } from '@keyward/core/observe';
import type { Row, Store } from '@keyward/core/port';
import { commits, record, rowOf } from './commits.ts';
import { type OpenStore, rejects, withStore } from './suite-place.ts';
import { verifyLedger } from '@keyward/store';

const dose = { application: 'hall', device: 'gamma-1', stream: 'dose-rate' };
const wind = { application: 'weather', device: 'mast-1', stream: 'wind' };

/** The payloads under these identities. */
export const found = async (store: Store, places: Parameters<Store['find']>[0]): Promise<(Uint8Array | null)[]> =>
	(await store.find(places)).map((one) => one?.payload ?? null);

/** What can be seen of a store. */
const picture = async (store: Store): Promise<unknown> => [
	await store.streams(),
	(await store.journal(0, 1_000_000)).rows,
	await store.leaves('hall', 0, 1_000_000),
	await store.edge('hall'),
];

export const readingSuite = (name: string, open: OpenStore): void => {
	test(`${name}: a stream is made once, and listed by application`, () =>
		withStore(open, async (store) => {
			const first = await store.openStream(dose);
			assert.deepEqual(first, {
				...dose,
				id: first.id,
				first: 1,
				last: 0,
				newest: null,
				latest: null,
				forgotten: null,
			});
			const other = await store.openStream(wind);
			assert.notEqual(other.id, first.id);
			assert.deepEqual(await store.openStream({ ...dose }), first);
			assert.deepEqual(await store.streams(), [first, other]);
			assert.deepEqual(await store.streams('weather'), [other]);
			assert.deepEqual(await store.streams('nowhere'), []);
		}));

	test(`${name}: what is appended is read, found and in the ledger`, () =>
		withStore(open, async (store) => {
			const [a, b] = [await store.openStream(dose), await store.openStream(wind)];
			const { commit } = commits(store);
			const first = await commit([
				[a, 1000],
				[b, 5],
				[a, 2000],
			]);
			await store.append(first);
			const second = await commit([
				[a, 1500],
				[b, -7],
			]);
			await store.append(second);
			const rows = [...first.rows, ...second.rows];

			assert.deepEqual(
				await store.read(a.id, 0, 100),
				rows.filter((each) => each.stream === a.id),
			);
			assert.deepEqual(
				await store.read(a.id, 1, 1),
				rows.filter((each) => each.stream === a.id && each.cursor === 2),
			);
			assert.deepEqual(await store.read(a.id, 3, 10), []);
			assert.deepEqual(await store.read(a.id, 0, 0), []);
			assert.deepEqual(await store.read(999, 0, 10), []);

			const start = await store.journal(0, 2);
			assert.deepEqual(start.rows, rows.slice(0, 2));
			const rest = await store.journal(start.next, 100);
			assert.deepEqual(rest.rows, rows.slice(2));
			assert.deepEqual(await store.journal(rest.next, 100), { rows: [], next: rest.next });

			const asked = [1000, 1500, 2000, 1750, 3000].map((time) => ({ stream: a.id, identity: time }));
			assert.deepEqual(await found(store, [...asked, { stream: b.id, identity: -7 }, { stream: 999, identity: 1 }]), [
				record(a.id, 1000),
				record(a.id, 1500),
				record(a.id, 2000),
				null,
				null,
				record(b.id, -7),
				null,
			]);
			assert.deepEqual(
				(await store.streams()).map(({ last, newest }) => [last, newest]),
				[
					[3, 2000],
					[2, 5],
				],
			);
			assert.deepEqual(await store.leaves('hall', 0, 10), [first.leaves[0], second.leaves[0]]);
			assert.deepEqual(await store.leaves('hall', 1, 10), [second.leaves[0]]);
			assert.deepEqual(await store.edge('hall'), { size: 2, edge: second.edges[0]?.edge });
			assert.deepEqual(await store.edge('nowhere'), { size: 0, edge: new Uint8Array(0) });
			for (const application of ['hall', 'weather', 'nowhere']) {
				assert.deepEqual((await verifyLedger(store, application)).breaks, []);
			}
			assert.equal((await verifyLedger(store, 'hall')).readings, 3);
		}));

	test(`${name}: a commit that is refused leaves the store as it was, and usable`, () =>
		withStore(open, async (store) => {
			const a = await store.openStream(dose);
			const b = await store.openStream({ ...dose, stream: 'temperature' });
			const { commit } = commits(store);
			await store.append(
				await commit([
					[a, 1000],
					[b, 1000],
					[a, 500],
				]),
			);
			const before = await picture(store);
			const bad: Record<string, Row[]> = {
				'a gap': [rowOf(b.id, 2, 2000), rowOf(a.id, 4, 2000)],
				'a cursor again': [rowOf(a.id, 2, 2000)],
				'cursor 0': [rowOf(a.id, 0, 2000)],
				'an identity again': [rowOf(b.id, 2, 2000), rowOf(a.id, 3, 1000)],
				'a late identity again': [rowOf(a.id, 3, 500)],
				'an identity twice in the commit': [rowOf(a.id, 3, 2000), rowOf(a.id, 4, 2000)],
				'a late identity twice in the commit': [rowOf(a.id, 3, 700), rowOf(a.id, 4, 700)],
				'no such stream': [rowOf(b.id, 2, 2000), rowOf(999, 1, 2000)],
				'no whole time': [rowOf(a.id, 3, 2000.5)],
				'no time': [rowOf(a.id, 3, NaN)],
			};
			for (const [words, rows] of Object.entries(bad)) {
				await rejects(store.append({ rows, leaves: [], edges: [] }), 'store-failed');
				assert.deepEqual(await picture(store), before, words);
			}
			const good = await commits(store).commit([[await store.openStream(dose), 3000]]);
			const [leaf, edge] = [good.leaves[0], good.edges[0]];
			assert(leaf && edge);
			const badLedgers = {
				'a leaf skipped': { leaves: [{ ...leaf, index: 2 }], edges: [{ ...edge, size: 3 }] },
				'a leaf again': { leaves: [{ ...leaf, index: 0 }], edges: [{ ...edge, size: 1 }] },
				'two leaves': { leaves: [leaf, { ...leaf, index: 2 }], edges: [edge, { ...edge, size: 3 }] },
				'no edge': { leaves: [leaf], edges: [] },
				'no leaf': { leaves: [], edges: [edge] },
			};
			for (const [words, ledger] of Object.entries(badLedgers)) {
				await rejects(store.append({ rows: good.rows, ...ledger }), 'store-failed');
				assert.deepEqual(await picture(store), before, words);
			}
			await store.append(good);
			assert.deepEqual(await store.read(a.id, 2, 10), good.rows);
			assert.deepEqual((await verifyLedger(store, 'hall')).breaks, []);
		}));

	test(`${name}: the store keeps nothing of the caller's, and hands out nothing that it keeps`, () =>
		withStore(open, async (store) => {
			const a = await store.openStream(dose);
			const made = await commits(store).commit([[a, 1]]);
			await store.append(made);
			const before = structuredClone(await picture(store));
			made.rows[0]?.payload.fill(0);
			made.edges[0]?.edge.fill(0);
			(await store.read(a.id, 0, 1))[0]?.payload.fill(0);
			(await store.find([{ stream: a.id, identity: 1 }]))[0]?.payload.fill(0);
			(await store.journal(0, 1)).rows[0]?.payload.fill(0);
			assert.deepEqual(await picture(store), before);
		}));

	test(`${name}: a long stream with late readings is read and found everywhere`, () =>
		withStore(open, async (store) => {
			const a = await store.openStream(dose);
			const { commit } = commits(store);
			const all: Row[] = [];
			// Every seventh comes 50 late; odd times are never used.
			for (let i = 0; i < 1000; i += 100) {
				const times = Array.from({ length: 100 }, (_, j) => 2 * (i + j) - ((i + j) % 7 === 6 ? 101 : 0));
				const made = await commit(times.map((time) => [a, time]));
				await store.append(made);
				all.push(...made.rows);
			}
			for (let after = 0; after <= 1000; after++) {
				const rows = await store.read(a.id, after, 3);
				assert.deepEqual(rows, all.slice(after, after + 3));
			}
			assert.deepEqual(await store.read(a.id, 0, 5000), all);
			assert.deepEqual(
				await found(
					store,
					all.map(({ time }) => ({ stream: a.id, identity: time })),
				),
				all.map((row) => row.payload),
			);
			const times = new Set(all.map((row) => row.time));
			const absent = Array.from({ length: 2000 }, (_, i) => i).filter((time) => !times.has(time));
			const nothing = await store.find(absent.map((time) => ({ stream: a.id, identity: time })));
			assert(absent.length > 900 && nothing.every((each) => each === null));
		}));

	test(`${name}: records told apart by epoch and sequence keep identity, time, content type and payload`, () =>
		withStore(open, async (store) => {
			const a = await store.openStream(dose);
			const sealed = (cursor: number, epoch: number, sequence: number): Row => ({
				...{ stream: a.id, cursor, identity: sequenceIdentity(epoch, sequence), time: 5000 - cursor },
				...{ type: contentType['cose-encrypt0'], payload: Uint8Array.of(0xd0, epoch, sequence) },
			});
			const rows = [rowOf(a.id, 1, 9000), sealed(2, 1, 0), sealed(3, 1, 5), sealed(4, 1, 3), sealed(5, 2, 0)];
			await store.append({ rows, leaves: [], edges: [] });
			const late = [rowOf(a.id, 6, 8000), sealed(7, 2, 1)];
			await store.append({ rows: late, leaves: [], edges: [] });
			const all = [...rows, ...late];
			assert.deepEqual(await store.read(a.id, 0, 100), all);
			assert.deepEqual((await store.journal(0, 100)).rows, all);
			const asked = [...all.map(({ identity }) => identity), sequenceIdentity(1, 4), sequenceIdentity(2, 2), 7000];
			const places = asked.map((identity) => ({ stream: a.id, identity }));
			assert.deepEqual(await found(store, places), [...all.map(({ payload }) => payload), null, null, null]);
			const [state] = await store.streams();
			assert.deepEqual([state?.last, state?.newest, state?.latest], [7, sequenceIdentity(2, 1), 9000]);
			for (const again of [sealed(8, 1, 3), sealed(8, 2, 1), rowOf(a.id, 8, 8000), { ...sealed(8, 3, 0), time: NaN }]) {
				await rejects(store.append({ rows: [again], leaves: [], edges: [] }), 'store-failed');
			}
		}));

	test(`${name}: agrees with a plain list for any order of times`, () =>
		fc.assert(
			fc.asyncProperty(
				fc.array(fc.array(fc.tuple(fc.nat(1), fc.integer({ min: -40, max: 400 })), { maxLength: 90 }), {
					maxLength: 12,
				}),
				async (plan) =>
					withStore(open, async (store) => {
						const streams = [await store.openStream(dose), await store.openStream(wind)];
						const { commit } = commits(store);
						const seen = new Set<string>();
						const all: Row[] = [];
						for (const wanted of plan) {
							const fresh = wanted.flatMap(([which, time]) => {
								const stream = streams[which];
								if (!stream || seen.has(`${which} ${time}`)) return [];
								seen.add(`${which} ${time}`);
								return [[stream, time] as const];
							});
							const made = await commit(fresh);
							await store.append(made);
							all.push(...made.rows);
						}
						assert.deepEqual((await store.journal(0, 10_000)).rows, all);
						for (const [which, { id, application }] of streams.entries()) {
							const own = all.filter((row) => row.stream === id);
							for (const [after, limit] of [
								[0, 5000],
								[10, 64],
								[63, 2],
								[own.length - 3, 10],
								[70, 1],
							] as const) {
								if (after >= 0) assert.deepEqual(await store.read(id, after, limit), own.slice(after, after + limit));
							}
							const times = Array.from({ length: 450 }, (_, i) => i - 45);
							const there = await found(
								store,
								times.map((time) => ({ stream: id, identity: time })),
							);
							for (const [i, time] of times.entries()) {
								assert.deepEqual(there[i], seen.has(`${which} ${time}`) ? record(id, time) : null);
							}
							const findings = await verifyLedger(store, application);
							assert.deepEqual([findings.breaks, findings.readings], [[], own.length]);
						}
					}),
			),
			{ numRuns: 25 },
		));

	test(`${name}: after closing every call is refused`, async () => {
		const { store, dispose } = open();
		await store.openStream(dose);
		await store.close();
		await rejects(store.openStream(dose), 'store-failed');
		await rejects(store.streams(), 'store-failed');
		await store.close();
		await dispose();
	});
};

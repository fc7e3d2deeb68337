import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { hours, minutes, type Refusal } from '@keyward/core';
import { contentType, encodeRecord } from '@keyward/core/observe';
import { openTestAtRest } from '../at-rest/at-rest.fixture.ts';
import { openSqliteStore, verifyLedger } from '@keyward/store';
import { createReadings } from './readings.ts';
import { BatchWriter } from './batch.ts';
import { openCheckpoints } from '../ledger/checkpoints.ts';
import { createCommitTimes } from './commit-times.ts';
import { createCounters } from '../log/counters.ts';
import { silentLog } from '../log/log.ts';
import { createLimits } from './limits.ts';
import { startRetention } from './retention.ts';
import { openStreams } from './streams.ts';

const applications = ['hall', 'weather'];

/** The committer's side of readings on a real store, with a clock that a test moves. */
const openSite = async (folder: string) => {
	const clock = { time: 1_790_000_000_000, now: (): number => clock.time };
	const { store, keys } = await openTestAtRest(openSqliteStore(folder), folder);
	const report = (error: unknown): void => assert.fail(String(error));
	const place = { folder: join(folder, 'ledger'), sealFile: null, log: silentLog };
	const checkpoints = await openCheckpoints(place, store, () => applications, report);
	const streams = await openStreams(store, () => {});
	const limits = createLimits((await store.forgotten()).before);
	const readings = createReadings({
		...{
			store,
			encrypt: keys.encrypt,
			streams,
			limits,
			counters: createCounters(),
			commits: createCommitTimes(clock.now),
		},
		fence: () => null,
		deliver: () => {},
	});
	const retention = startRetention(
		...([hours(1), store, streams, keys, readings.alone, checkpoints, limits, clock, report] as const),
	);
	const take = async (application: string, times: readonly number[], value = 1): Promise<Refusal[]> => {
		const stream = await streams.open({ application, device: 'gamma-1', stream: 'dose-rate' });
		const writer = new BatchWriter();
		for (const [message, time] of times.entries()) {
			writer.add(1, stream.id, message, {
				...{ identity: time, type: contentType.value, payload: encodeRecord({ value, unit: 'Sv/h' }) },
			});
		}
		return (await readings.take(writer.take())).refused.map(({ refusal }) => refusal);
	};
	const verify = async (application: string) => {
		const last = await checkpoints.last(application);
		const key = checkpoints.truncationKey(application);
		return verifyLedger(store, application, { checkpoints: last === null ? [] : [last], key });
	};
	const close = async (): Promise<void> => {
		await retention.stop();
		await readings.idle();
		await checkpoints.stop();
		await store.close();
	};
	return { clock, store, limits, retention, readings, checkpoints, take, verify, close };
};

const folderFor = async (): Promise<string> => {
	const folder = temporaryFolder('keyward-retention-');
	return folder;
};
/** So many times from then on, a second apart. */
const from = (time: number, count: number): number[] => Array.from({ length: count }, (_, i) => time + 1000 * i);

test('what is older than the site keeps is forgotten, and the ledger says so', async () => {
	const folder = await folderFor();
	const site = await openSite(folder);
	const start = site.clock.time;
	for (let batch = 0; batch < 30; batch++) {
		await site.take('hall', from(start + minutes(batch), 20));
		await site.take('weather', from(start + minutes(batch), 5));
	}
	await site.checkpoints.sign();
	assert.equal(await site.retention.run(), 0);
	site.clock.time = start + minutes(75);
	await site.take('weather', [site.clock.time]);
	// Readings come while it forgets.
	const [gone, refused] = await Promise.all([site.retention.run(), site.take('hall', from(start + minutes(70), 50))]);
	assert.deepEqual([gone, refused], [15 * 25, []]);
	const hall = await site.verify('hall');
	assert.deepEqual([hall.breaks, hall.readings, hall.forgotten], [[], 15 * 20 + 50, 15 * 20]);
	assert.equal(hall.keptFrom, start + minutes(15));
	const weather = await site.verify('weather');
	assert.deepEqual([weather.breaks, weather.readings, weather.forgotten], [[], 76, 75]);
	assert.equal(await site.retention.run(), 0);
	assert.deepEqual((await site.store.leaves('hall', 0, 100)).length, 32, 'one leaf says it, not one for each step');
	await site.close();
});

test('replay-refused: what is forgotten cannot come again, also after a start', async () => {
	const folder = await folderFor();
	let site = await openSite(folder);
	const start = site.clock.time;
	await site.take('hall', from(start, 20));
	await site.take('hall', from(start + minutes(30), 20));
	site.clock.time = start + minutes(75);
	assert.deepEqual(await site.take('hall', [start]), [], 'known, as long as it is there');
	await site.take('hall', [site.clock.time]);
	assert.equal(await site.retention.run(), 20);
	for (const round of [1, 2]) {
		const [same, never, edge, kept] = await Promise.all([
			site.take('hall', [start]),
			site.take('hall', [start + 1]),
			site.take('weather', [start + minutes(15) - 1]),
			site.take('hall', [start + minutes(30)]),
		]);
		for (const refused of [same, never, edge]) {
			assert.deepEqual(
				refused.map(({ code, requirement }) => [code, requirement]),
				[['reading-forgotten', 'replay-refused']],
				`round ${round}`,
			);
		}
		assert.deepEqual(kept, []);
		assert.deepEqual(await site.take('hall', [start + minutes(15) + round]), [], 'late, but after the horizon');
		await site.close();
		site = await openSite(folder);
	}
	assert.deepEqual((await site.verify('hall')).breaks, []);
	await site.close();
});

test('a nearly full disk refuses what is new, and acknowledges what is there', async () => {
	const site = await openSite(await folderFor());
	const start = site.clock.time;
	await site.take('hall', [start]);
	site.limits.diskShort = true;
	const refused = await site.take('hall', [start, start + 1000, start - 1000]);
	assert.deepEqual(
		refused.map(({ code }) => code),
		['disk-short', 'disk-short'],
	);
	site.limits.diskShort = false;
	await site.take('hall', [start + hours(2)]);
	site.limits.diskShort = true;
	site.clock.time = start + hours(2);
	assert.equal(await site.retention.run(), 1, 'forgetting makes room meanwhile');
	site.limits.diskShort = false;
	assert.deepEqual(await site.take('hall', [site.clock.time + 1]), []);
	assert.deepEqual((await site.verify('hall')).breaks, []);
	await site.close();
});

test('a clock that was set forward erases nothing', async () => {
	const site = await openSite(await folderFor());
	await site.take('hall', from(site.clock.time, 20));
	site.clock.time += hours(24 * 365 * 20);
	assert.equal(await site.retention.run(), 0);
	assert.equal((await site.verify('hall')).readings, 20);
	await site.close();
});

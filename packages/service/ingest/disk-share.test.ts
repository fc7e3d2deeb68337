import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { test } from 'node:test';
import { days } from '@keyward/core';
import { openPace } from '@keyward/core/observe';
import { mountSmallDisk } from '@keyward/testing/small-disk';
import { overPace } from './limits.ts';
import { keptIn } from '@keyward/testing/service/kept-readings';
import { startSite, type TestIdentity } from '@keyward/testing/service/site';
import { openSession, readingPacket } from '@keyward/testing/service/wire';

const mebibyte = 1024 * 1024;
const reserve = 8 * mebibyte;
/** As long as a text may be. */
const text = 'x'.repeat(1024);
const tooMuch = /^0x97 reading-too-often: the device has written its share of the disk today/;

test('overload-held: a device may write a sixteenth of the free disk in a day, whatever its streams are', async (t) => {
	const disk = mountSmallDisk(t, 100);
	if (disk === null) return;
	const freeNow = (): number => statfsSync(disk.folder).bavail * statfsSync(disk.folder).bsize;
	const shareNow = (): number => (freeNow() - reserve) / 16;
	const most = shareNow();
	const site = await startSite(t, { place: disk.folder, diskReserve: reserve, linkWorkers: 1 });
	t.after(() => disk.remove());
	const begin = Date.now();
	let sent = 0;
	const open = async (identity: TestIdentity, id: string) => {
		const wire = await openSession(t, site, identity);
		const answer = async (readings: Parameters<typeof readingPacket>[2], stream: string): Promise<string> => {
			wire.send(readingPacket(id, 1, readings, { stream }));
			const { reasonCode, properties } = await wire.next('puback');
			return `0x${(reasonCode ?? 0).toString(16)} ${properties?.reasonString ?? ''}`;
		};
		return {
			long: () =>
				answer(
					Array.from({ length: 100 }, () => ({ time: begin - 3_600_000 + sent++, unit: '/', value: text })),
					'state',
				),
			short: (from: number) =>
				answer(
					Array.from({ length: 1000 }, (_, at) => ({ time: begin + from + at })),
					'dose-rate',
				),
		};
	};
	/** Sends long readings until one is refused; how many are kept by then. */
	const fill = async (id: string, { long }: Awaited<ReturnType<typeof open>>): Promise<number> => {
		for (;;) {
			const said = await long();
			if (said === '0x0 ') continue;
			assert.match(said, tooMuch);
			return keptIn(site, id, 'state').length;
		}
	};
	const loud = await open(await site.commissionDevice('hall', 'loud'), 'loud');
	const other = await open(await site.commissionDevice('hall', 'other'), 'other');
	const taken = await fill('loud', loud);
	// The room shrinks while it writes: the bound lies between what it was before and what it is now.
	assert(taken * text.length <= most, `${taken} were taken`);
	assert((taken + 1) * (text.length + 200) > shareNow(), `${taken} were taken`);
	// What is left of its share holds a few short ones of another stream at most.
	assert.match(await loud.short(0), tooMuch);
	assert.equal(await other.short(0), '0x0 ');
	assert.equal(await other.long(), '0x0 ');
	// More room, more of it to each.
	disk.resize(140);
	while ((await loud.long()) !== '0x0 ');
	const more = await fill('loud', loud);
	assert(more > taken * 1.25, `${taken}, and ${more} on a larger disk, were taken`);
});

test('a device has its share again a day after the first reading of the last', () => {
	const now = 1_790_000_000_000;
	const share = { taken: 0, since: 0 };
	const write = (at: number, deviceShare: number): string | null => {
		const stream = { pace: openPace(1000, at, at), share };
		return overPace(stream, 900, { deviceShare }, at)?.reason ?? null;
	};
	assert.equal(write(now, 2000), null);
	assert.equal(write(now + 1, 2000), null);
	assert.match(write(now + 2, 2000) ?? '', /its share of the disk today/);
	assert.match(write(now + days(1) - 1, 2000) ?? '', /its share of the disk today/);
	assert.equal(write(now + days(1), 2000), null);
	assert.equal(share.taken, 1000);
	// The clock of the site was a year ahead, and is set right: a day from then counts.
	share.since = now + days(365);
	assert.equal(write(now, 2000), null);
	assert.match(write(now + days(1) - 1, 2000) ?? '', /its share of the disk today/);
	assert.equal(write(now + days(1), 2000), null);
});

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { openIdentity, runDevice } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { connectRemote } from '@keyward/client';
import { Problem } from '@keyward/core';
import { startSite, type TestIdentity } from '@keyward/testing/service/site';
import { serve } from '../serve.ts';
import { backup } from './backup.ts';
import { restore } from './restore.ts';

const clock = { now: () => Date.now() };
const start = Date.now() - 3_600_000;
const stream = { application: 'hall', device: 'probe-1', stream: 'dose-rate' };

const publish = async ({ certificateFile }: TestIdentity, first: number, count: number): Promise<void> => {
	const { accepted } = await runDevice({
		folder: dirname(certificateFile),
		source: {
			live: false,
			async *read() {
				for (let i = first; i < first + count; i++)
					yield { stream: 'dose-rate', time: start + 1000 * i, value: i / 1e6, unit: 'Sv/h' };
			},
		},
		clock,
		signal: AbortSignal.timeout(120_000),
		report: () => {},
		untilDrained: true,
	});
	assert.equal(accepted, count);
};

test('a cursor of before a restore is refused with the date of the backup, in every way of reading', async (t) => {
	const home = temporaryFolder('keyward-cursors-');
	const site = await startSite(t);
	const probe = await site.commissionDevice('hall', 'probe-1');
	const desk = join(home, 'desk');
	const { commissioning } = await site.ask('reader.expect', { application: 'hall', reader: 'desk' });
	await commission({ commissioning, folder: desk, kind: 'reader', clock, allowPlainKey: true });
	await site.ask('grant.add', {
		...{ application: 'hall', reader: 'desk', device: '*', stream: 'dose-rate', purpose: 'the safety of the hall' },
		expires: Date.now() + 86_400_000,
	});
	const { certificate, serviceCa, serviceUrl, privateKey } = await openIdentity(desk);
	const client = connectRemote({ url: serviceUrl, certificate, key: await privateKey(), serviceCa });
	t.after(() => client.close());
	const page = (after: string | number) => client.call('readings.read', { ...stream, after, limit: 1000 });
	const followed = async (after: string | number, count: number): Promise<string[]> => {
		const seen: string[] = [];
		for await (const { cursor } of client.readings(stream, { after })) if (seen.push(cursor) === count) break;
		return seen;
	};
	const outdated = (reading: Promise<unknown>, words: RegExp): Promise<void> =>
		assert.rejects(reading, (error) => {
			assert.ok(error instanceof Problem);
			assert.equal(error.code, 'cursor-outdated', error.message);
			assert.match(error.detail, words);
			return true;
		});

	await publish(probe, 0, 5);
	const manifest = await backup({ data: site.folder, to: join(home, 'backup'), sealFile: null, withSeal: true, clock });
	await publish(probe, 5, 5);
	const kept = (await followed(0, 10)).at(-1) ?? '';
	const { next, readings } = await page(0);
	assert.deepEqual([next, readings.length], [kept, 10]);
	assert.match(kept, /^[0-9a-f]{10}-10$/);
	assert.deepEqual(await page(kept), { readings: [], next: kept });
	assert.deepEqual(await followed(kept.replace(/10$/, '9'), 1), [kept]);
	// Of which generation a position alone is nobody can tell, and readings would be passed over in silence.
	const bare = {
		code: 'request-malformed',
		message: /after is \d+, a position .* Write the whole cursor .*, or 0 to begin/,
	};
	await assert.rejects(page(10), bare);
	await assert.rejects(followed(10, 1), bare);
	// What no reader can have been given: the data was set back by hand, or it is a mistake.
	await outdated(page(kept.replace(/10$/, '11')), /the stream ends at [0-9a-f]{10}-10\..*set back/);
	const { httpsPort, mqttsPort } = site;
	await site.stop();

	const data = join(home, 'restored');
	await restore({
		...{ from: join(home, 'backup'), data, sealFile: null, seals: null, revocations: [], certificates: [], clock },
	});
	const options = { data, httpsPort, mqttsPort, linkWorkers: 1, oldestReading: null };
	const problems: unknown[] = [];
	const service = await serve(options, (error) => problems.push(error));
	t.after(() => service.stop());
	// Others under the same positions, and beyond: what the reader would have passed over.
	await publish(probe, 100, 20);
	const said = new RegExp(`${new Date(manifest.at).toISOString()}.*Begin again with 0`);
	await outdated(page(kept), said);
	await outdated(followed(kept, 1), said);
	await assert.rejects(page(10), bare);

	const again = await page(0);
	assert.equal(again.readings.length, 25);
	assert.deepEqual(
		again.readings.slice(5).map(({ time }) => (time - start) / 1000),
		Array.from({ length: 20 }, (_, i) => 100 + i),
	);
	assert.notEqual(again.next.split('-')[0], kept.split('-')[0]);
	const [listed] = await client.call('streams.list', {});
	assert.deepEqual([listed?.last, listed?.cursor], [25, again.next]);
	await publish(probe, 120, 1);
	assert.equal((await page(again.next)).readings.length, 1);
	await service.stop();
	assert.deepEqual(problems, []);
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runDevice, type Source } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { Problem } from '@keyward/core';
import { serve } from '../serve.ts';
import { hallPolicy } from '@keyward/testing/service/site';
import { mountSmallDisk } from '@keyward/testing/small-disk';

const mebibyte = 1024 * 1024;
const clock = { now: () => Date.now() };

/** Readings without end, until it is told how many were enough. */
const endless = () => {
	let given = 0;
	let last = Number.POSITIVE_INFINITY;
	const start = Date.now() - 3_600_000;
	const source: Source = {
		live: false,
		read: async function* (signal) {
			while (given < last && !signal.aborted) {
				await new Promise((resolve) => setTimeout(resolve, 2));
				yield { stream: 'dose-rate', time: start + 100 * given, value: given++ / 1e6, unit: 'Sv/h' };
			}
		},
	};
	return {
		source,
		given: () => given,
		end: () => {
			last = given;
		},
	};
};

const until = async (what: string, condition: () => boolean | Promise<boolean>): Promise<void> => {
	for (let i = 0; i < 400; i++) {
		if (await condition()) return;
		await new Promise((resolve) => setTimeout(resolve, 25));
	}
	assert.fail(`it did not come to this: ${what}`);
};

const refusal = (promise: Promise<unknown>): Promise<string> =>
	promise.then(
		() => 'taken',
		(error: unknown) => (error instanceof Problem ? error.code : String(error)),
	);

test('a disk that fills refuses readings, enrolment and policies first, and loses nothing when it is full', async (t) => {
	const disk = mountSmallDisk(t, 24);
	if (disk === null) return;
	const home = mkdtempSync(join(tmpdir(), 'keyward-full-'));
	const data = join(disk.folder, 'data');
	const problems: unknown[] = [];
	const service = await serve(
		{ data, httpsPort: 0, mqttsPort: 0, linkWorkers: 1, diskReserve: 8 * mebibyte, oldestReading: null },
		(error) => problems.push(error),
	);
	const stop = new AbortController();
	try {
		await service.call('policy.apply', { text: hallPolicy });
		const enrol = async (id: string, folder: string) => {
			const { commissioning } = await service.call('device.expect', { application: 'hall', device: id });
			return commission({ commissioning, folder: join(home, folder), kind: 'device', clock, allowPlainKey: true });
		};
		await enrol('probe-1', 'probe-1');
		await enrol('probe-2', 'probe-2');
		const readings = endless();
		const running = runDevice({
			...{ folder: join(home, 'probe-1'), source: readings.source, clock, signal: stop.signal, report: () => {} },
			untilDrained: true,
			link: { inFlight: 50, patience: 5000, longestWait: 300, yieldWait: { first: 1000, most: 10_000 } },
		});
		const stored = async (): Promise<number> => (await service.call('site.status', {})).applications[0]?.readings ?? 0;
		const room = (): number => statfsSync(data).bavail * statfsSync(data).bsize;
		const filler = join(disk.folder, 'filler');
		await until('readings come', async () => (await stored()) > 50);

		// Below the reserve, and far from full.
		writeFileSync(filler, new Uint8Array(room() - 6 * mebibyte));
		const apply = () => service.call('policy.apply', { text: hallPolicy });
		await until('a policy is refused', async () => (await refusal(apply())) === 'disk-short');
		assert.equal(await refusal(enrol('probe-3', 'probe-3')), 'disk-short');
		await until('readings are refused', async () => {
			const { counters } = await service.call('site.status', {});
			return (counters['disk-short'] ?? 0) > 0;
		});
		const at = await stored();
		const revoke = { kind: 'device', application: 'hall', id: 'probe-2', reason: 'stolen' } as const;
		assert.equal((await service.call('principal.revoke', revoke)).revoked, 1);
		assert.equal(await stored(), at);

		// Full to the last byte: it still answers, and nothing that comes is acknowledged.
		assert.throws(() => {
			for (;;) writeFileSync(filler, new Uint8Array(64 * 1024), { flag: 'a' });
		}, /ENOSPC/);
		await new Promise((resolve) => setTimeout(resolve, 500));
		assert.equal(await stored(), at);
		assert.equal((await service.call('device.list', {})).length, 2);

		rmSync(filler);
		await until('readings come again', async () => (await stored()) > at + 50);
		readings.end();
		const { accepted } = await running;
		assert.deepEqual([accepted, await stored()], [readings.given(), readings.given()]);
		const [ledger] = await service.call('ledger.verify', {});
		assert.deepEqual([ledger?.ok, ledger?.readings], [true, readings.given()]);
		assert.equal(await refusal(apply()), 'taken');
	} finally {
		stop.abort();
		await service.stop();
		disk.remove();
		rmSync(home, { recursive: true });
	}
	t.diagnostic(`${problems.length} reports while it was full`);
	for (const problem of problems)
		assert(problem instanceof Error && /ENOSPC|full|disk|store-failed/.test(String(problem)), String(problem));
});

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '@keyward/testing/folder';
import { type RunEvent, runDevice, type Sample } from '@keyward/agent';
import type { PrincipalDetail } from '@keyward/contract';
import { until } from '@keyward/testing/agent/until';
import { startSite, type TestSiteOptions } from '@keyward/testing/service/site';
import { keyward } from './keyward.fixture.ts';

export interface RunningAgent {
	readonly events: readonly RunEvent[];
	/** Gives the agent a value of the stream `air`, and waits until the site has it. */
	deliver(value: number): Promise<void>;
	/** Gives it one that is not waited for. */
	feed(value: number): void;
	see(what: string, found: (event: RunEvent) => boolean): Promise<void>;
	stop(): Promise<void>;
}

export const airPolicy = (custody: string, authenticity: number): string => `application: hall
level: { authenticity: ${authenticity}, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  air: { unit: Cel, every: 1s, readers: [desk], range: [-60, 60] }
devices:
  probe: { custody: [${custody}], streams: [air] }
`;

/** A real site in this process, with devices whose verbs are called by the command line; gone with the test. */
export const openHall = async (t: TestContext, policy: string, options: Partial<TestSiteOptions> = {}) => {
	const folder = temporaryFolder('kw-hall-');
	const site = await startSite(t, { policies: [policy], linkWorkers: 1, operatorSocket: true, ...options });
	const held = async (...words: string[]): Promise<string> => {
		const { status, stdout, stderr } = await keyward(words);
		assert.equal(status, 0, stderr);
		return stdout.trim();
	};
	return {
		folder,
		held,
		ask: site.ask,
		/** Starts the service again: what it counts of challenges within a minute is gone. */
		restart: () => site.restart(),
		/** Expects a device, as that part if one is named, and commissions it by `keyward device commission`; gives its home. */
		join: async (device: string, part: string | null, words: readonly string[]): Promise<string> => {
			const expected = { application: 'hall', device, ...(part !== null && { part }) };
			const string = join(folder, `${device}.string`);
			await writeFile(string, (await site.ask('device.expect', expected)).commissioning, { mode: 0o600 });
			const home = join(folder, device);
			const said = await held('device', 'commission', '--from', string, '--folder', home, ...words);
			assert.match(said, /which is EMULATED/);
			return home;
		},
		show: (device: string): Promise<PrincipalDetail> => site.ask('device.show', { application: 'hall', device }),
		/** Shortens the life of certificates by a minute: each that was issued before is due for renewal at once. */
		shorten: () => site.apply(`${policy}tighten: { certificate-lifetime: ${7 * 24 * 60 - 1}min }\n`),
		/** Cuts its session, which it may begin again. */
		cut: async (device: string): Promise<void> => {
			await site.ask('device.quarantine', { application: 'hall', device });
			await site.ask('device.release', { application: 'hall', device });
		},
		runAgent: (home: string): RunningAgent => {
			const events: RunEvent[] = [];
			const values: number[] = [];
			const stop = new AbortController();
			const read = async function* (signal: AbortSignal): AsyncGenerator<Sample> {
				for (; !signal.aborted; await sleep(10)) {
					const value = values.shift();
					if (value !== undefined) yield { stream: 'air', time: Date.now(), value, unit: 'Cel' };
				}
			};
			const done = runDevice({
				folder: home,
				source: { live: true, read },
				clock: { now: () => Date.now() },
				signal: stop.signal,
				report: (event) => void events.push(event),
				statusEvery: 50,
				link: {
					...{ inFlight: 10, longestWait: 1000, patience: 30_000 },
					yieldWait: { first: 1000, most: 10_000 },
				},
			});
			done.catch(() => {});
			const end = async (): Promise<void> => {
				stop.abort();
				await done;
			};
			t.after(end);
			const accepted = (): number =>
				Math.max(0, ...events.map((event) => (event.event === 'status' ? event.counters.accepted : 0)));
			const sees = (what: string, met: () => boolean): Promise<void> =>
				until(what, met).catch((error: unknown) => {
					const said = events.filter(({ event }) => event !== 'status').map((event) => JSON.stringify(event));
					throw new Error(said.join('\n'), { cause: error });
				});
			return {
				events,
				feed: (value) => void values.push(value),
				deliver: async (value) => {
					const before = accepted();
					values.push(value);
					await sees(`${value} delivered`, () => accepted() > before);
				},
				see: (what, found) => sees(what, () => events.some(found)),
				stop: end,
			};
		},
	};
};

/** True for an event that says that the link waits, and why. */
export const waitsFor =
	(why: RegExp) =>
	(event: RunEvent): boolean =>
		event.event === 'link' && event.link.state === 'waiting' && why.test(event.link.why);

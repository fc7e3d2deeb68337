import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { quantile } from './compare.ts';
import { application, type Cast, type FloodSite, operatorOf } from './flood-site.ts';
import type { Tally } from './flood-wire.ts';
import type { FlooderJob, FlooderNews } from './flooder.ts';
import type { FloodName } from './floods.ts';
import { contextFor, type Link, open } from './link.ts';
import { type PacerNews, type Sample, wallClock } from './pacer.ts';
import { residentBytes } from './process-stat.ts';
import type { Identity } from './target.ts';

// One flood: quiet, flood, and after it until all is as before.

const quietFor = 5000;
const floodFor = 10_000;
const watchAfter = 15_000;
/** A device is revoked in the quiet time, and others at these milliseconds of the flood. */
const revokedAt = [1000, 4000, 7000] as const;
export const revocations = revokedAt.length + 1;
/** A site that grows by so much is stopped before it takes the machine with it. */
const mostGrowth = 2 * 2 ** 30;

export interface Latencies {
	readonly p50: number;
	readonly p99: number;
	readonly longest: number;
	/** How many were still owed when the watch ended: they count with their time so far. */
	readonly owed: number;
}

export interface FloodResult {
	readonly quiet: Latencies;
	readonly during: Latencies;
	/** Milliseconds from asking until the device's connection was over; infinite where the watch ended first. */
	readonly quietRevocation: number;
	readonly revocation: number;
	readonly quietBytes: number;
	readonly mostBytes: number;
	/** Milliseconds from the flood's end until all was as before; infinite where the watch ended first. */
	readonly back: number;
	/** The site grew so much that it was stopped. */
	readonly stopped: boolean;
	readonly tally: Tally;
}

/** p99 under which all is as before. */
export const limitOf = (quiet: Latencies): number => Math.max(50, 2 * quiet.p99);

const latenciesOf = (samples: readonly Sample[], until: number): Latencies => {
	const took = samples.map(({ sent, acknowledged }) => (acknowledged ?? until) - sent);
	const [p50 = 0, p99 = 0, longest = 0] = [0.5, 0.99, 1].map((share) => quantile(took, share));
	return { p50, p99, longest, owed: samples.filter(({ acknowledged }) => acknowledged === null).length };
};

const within = (samples: readonly Sample[], from: number, to: number): Sample[] =>
	samples.filter(({ sent }) => sent >= from && sent < to);

/** When a second begins, from `end` on, in which p99 is under the limit, and nearly nothing of before is owed any more. */
const backAt = (samples: readonly Sample[], from: number, end: number, until: number, limit: number): number => {
	const arrivals = within(samples, from, end).map(({ acknowledged }) => acknowledged ?? Number.POSITIVE_INFINITY);
	const before = Math.max(end, quantile(arrivals, 0.99));
	for (let at = end; at + 1000 <= until; at += 100) {
		const second = within(samples, at, at + 1000);
		if (second.length > 0 && latenciesOf(second, until).p99 < limit) return Math.max(at, before) - end;
	}
	return Number.POSITIVE_INFINITY;
};

const child = (file: string, job: object): ChildProcess => {
	const forked = fork(fileURLToPath(new URL(file, import.meta.url)), { serialization: 'advanced' });
	forked.send(job);
	return forked;
};

/** The devices at their own pace; what they told so far. */
const startPacer = async (site: FloodSite, ca: string, identities: string) => {
	const pacer = child('pacer.ts', { port: site.mqtt, ca, identities });
	const done: Sample[] = [];
	const lost: string[] = [];
	let waiting: readonly number[] = [];
	const ready = Promise.withResolvers<void>();
	pacer.on('message', (news: PacerNews) => {
		if (news.ready === true) ready.resolve();
		if (news.failure !== undefined) {
			lost.push(news.failure);
			ready.reject(new Error(`devices: ${news.failure}`));
		}
		for (const [sent, acknowledged] of news.acknowledged ?? []) done.push({ sent, acknowledged });
		waiting = news.waiting ?? waiting;
	});
	await ready.promise;
	return {
		lost,
		samples: (): Sample[] => [...done, ...waiting.map((sent) => ({ sent, acknowledged: null }))],
		stop: () => pacer.kill(),
	};
};

const startFlooder = async (job: FlooderJob) => {
	const flooder = child('flooder.ts', job);
	await once(flooder, 'message');
	return {
		go: () => void flooder.send('go'),
		stop: async (): Promise<Tally> => {
			flooder.send('stop');
			const [news] = (await once(flooder, 'message')) as [FlooderNews];
			if (!('tally' in news)) throw new Error('the flooder did not say what it did');
			return news.tally;
		},
		end: () => flooder.kill(),
	};
};

/** Revokes the device; resolves with the milliseconds until its connection was over. */
const revoke = async (folder: string, { socket }: Link, { clientId }: Identity): Promise<number> => {
	const over = once(socket, 'close');
	const asked = performance.now();
	const operator = operatorOf(folder);
	void operator
		.call('principal.revoke', { kind: 'device', application, id: clientId, reason: 'bench' })
		.catch(() => undefined)
		.finally(() => operator.close());
	await over;
	return performance.now() - asked;
};

/** `revoked` are devices that are spent by this run; `identities` a file with those that publish. */
export const runFlood = async (
	kind: FloodName,
	folder: string,
	site: FloodSite,
	cast: Cast,
	revoked: readonly Identity[],
	identities: string,
): Promise<FloodResult> => {
	const server = { port: site.mqtt, ca: cast.ca };
	const links = await Promise.all(revoked.map((one) => open(server, one, contextFor(server, one))));
	for (const link of links) link.lost = () => undefined;
	const pacer = await startPacer(site, cast.ca, identities);
	const topics = cast.devices.map(({ topic }) => topic);
	const { ca, opened, reader } = cast;
	const { https, mqtt, status } = site;
	const flooder = await startFlooder({ kind, https, mqtt, status, ca, opened, reader, topics });
	let mostBytes = 0;
	let stopped = false;
	const memory = setInterval(() => {
		try {
			mostBytes = Math.max(mostBytes, residentBytes(site.pid));
		} catch {
			// It was stopped below.
			stopped = true;
		}
		if (mostBytes - quietBytes > mostGrowth && !stopped) process.kill(site.pid, 'SIGKILL');
	}, 100);
	let quietBytes = Number.NaN;
	try {
		// The first readings of each session are not like those after them.
		await sleep(2000);
		const quietFrom = wallClock();
		const [first, ...others] = links.map((link, index) => () => {
			const one = revoked[index];
			if (one === undefined) throw new Error('no device to revoke');
			return revoke(folder, link, one);
		});
		const [quietRevocation = Number.NaN] = await Promise.all([first?.(), sleep(quietFor)]);
		const began = wallClock();
		mostBytes = quietBytes = residentBytes(site.pid);
		flooder.go();
		const cuts: number[] = [];
		let asked = 0;
		for (const [index, at] of revokedAt.entries()) {
			await sleep(Math.max(0, began + at - wallClock()));
			asked++;
			void others[index]?.().then((took) => void cuts.push(took));
		}
		await sleep(Math.max(0, began + floodFor - wallClock()));
		const tally = await flooder.stop();
		const ended = wallClock();
		const normal = limitOf(latenciesOf(within(pacer.samples(), quietFrom, began), began));
		let back = Number.POSITIVE_INFINITY;
		while (wallClock() < ended + watchAfter && !stopped && (back === Number.POSITIVE_INFINITY || cuts.length < asked)) {
			await sleep(500);
			back = backAt(pacer.samples(), began, ended, wallClock() - 500, normal);
		}
		const until = wallClock();
		const samples = pacer.samples();
		if (pacer.lost.length > 0) console.error(`${kind}: ${pacer.lost.length} × ${pacer.lost[0]}`);
		return {
			quiet: latenciesOf(within(samples, quietFrom, began), until),
			during: latenciesOf(within(samples, began, ended), until),
			quietRevocation,
			revocation: cuts.length < asked ? Number.POSITIVE_INFINITY : Math.max(...cuts),
			...{ quietBytes, mostBytes, back, stopped, tally },
		};
	} finally {
		clearInterval(memory);
		flooder.end();
		pacer.stop();
		for (const { socket } of links) socket.destroy();
	}
};

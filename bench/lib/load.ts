import { readFileSync } from 'node:fs';
import { cpuUsage } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeAll, contextFor, open, openAll, type Link, type Server } from './link.ts';
import { packetType, publications, template } from './packet.ts';
import { cpuSeconds, residentBytes } from './process-stat.ts';
import type { Identity } from './target.ts';

// The load generator: a separate process, so that its work is not counted as the server's. One job by IPC, one result.

interface Common extends Server {
	/** File with the identities as JSON. */
	readonly identities: string;
	readonly connections: number;
	readonly serverPid: number;
	readonly warmUpSeconds: number;
	readonly seconds: number;
}

export type Job = Common &
	(
		| { readonly kind: 'ingest'; readonly inFlight: number; readonly firstTime: number }
		| { readonly kind: 'paced'; readonly perSecond: number; readonly firstTime: number }
		| { readonly kind: 'handshake' }
		| { readonly kind: 'idle' }
		| { readonly kind: 'storm' }
	);

export interface Result {
	/** Acknowledgements, handshakes or connections, within the measured time. */
	readonly count: number;
	readonly seconds: number;
	readonly serverCpu: number;
	readonly loadCpu: number;
	/**
	 * Milliseconds: `ingest` from write to PUBACK, of every tenth connection; `paced` the same, of every publication; `storm`
	 * from the loss of all connections until each was back. Empty for other jobs.
	 */
	readonly latencies: readonly number[];
	/** Bytes that the server grew; 0 for other jobs. */
	readonly grownBytes: number;
}

const start = (pid: number): (() => Pick<Result, 'seconds' | 'serverCpu' | 'loadCpu'>) => {
	const [since, server, own] = [performance.now(), cpuSeconds(pid), cpuUsage()];
	return () => {
		const { user, system } = cpuUsage(own);
		return {
			seconds: (performance.now() - since) / 1000,
			serverCpu: cpuSeconds(pid) - server,
			loadCpu: (user + system) / 1e6,
		};
	};
};

/** Lets the load warm up, then measures for its time; `counting` hears when what is counted begins and ends. */
const timed = async (
	job: Job,
	counting: (on: boolean) => void,
): Promise<Pick<Result, 'seconds' | 'serverCpu' | 'loadCpu'>> => {
	await sleep(job.warmUpSeconds * 1000);
	const stop = start(job.serverPid);
	counting(true);
	await sleep(job.seconds * 1000);
	counting(false);
	return stop();
};

/** Each connection keeps `inFlight` publications unacknowledged; acknowledgements that arrive together are answered in one write. */
const ingest = async (job: Job & { kind: 'ingest' }, identities: readonly Identity[]): Promise<Result> => {
	const links = await openAll(job, identities);
	let [acknowledged, measuring, stopping] = [0, false, false];
	const latencies: number[] = [];
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => undefined);

	const drive = (link: Link, index: number): void => {
		const { topic } = identities[index] ?? { topic: '' };
		const form = template(topic, job.protocol);
		const sampled = index % 10 === 0;
		const sent: number[] = [];
		let [id, time, due, scheduled] = [1, job.firstTime, 0, false];
		const write = (count: number): void => {
			link.socket.write(publications(form, count, id, time));
			if (sampled) for (let i = 0; i < count; i++) sent.push(performance.now());
			id = ((id + count - 1) % 0xffff) + 1;
			time += count;
		};
		const flush = (): void => {
			scheduled = false;
			if (!stopping) write(due);
			due = 0;
		};
		link.lost = (error) => failure.reject(error);
		link.on = (type, reason) => {
			if (type !== packetType.puback) return;
			if (reason >= 0x80) return failure.reject(new Error(`PUBACK 0x${reason.toString(16)} on ${topic}`));
			const at = sampled ? sent.shift() : undefined;
			if (measuring) {
				acknowledged++;
				if (at !== undefined) latencies.push(performance.now() - at);
			}
			due++;
			if (!scheduled) {
				scheduled = true;
				process.nextTick(flush);
			}
		};
		write(job.inFlight);
	};
	links.forEach(drive);

	const used = await Promise.race([timed(job, (on) => (measuring = on)), failure.promise]);
	const result = { count: acknowledged, ...used, latencies, grownBytes: 0 };
	stopping = true;
	// What is in flight is let through, so that the next round does not begin with it.
	await sleep(500);
	closeAll(links);
	return result;
};

/** Milliseconds between two writes of the paced load. */
const beat = 2;

/** All connections together publish at a fixed rate, evenly in turn, whatever the server does: so a slow answer shows. */
const paced = async (job: Job & { kind: 'paced' }, identities: readonly Identity[]): Promise<Result> => {
	const links = await openAll(job, identities);
	let [acknowledged, measuring] = [0, false];
	const latencies: number[] = [];
	const failure = Promise.withResolvers<never>();
	failure.promise.catch(() => undefined);
	const devices = links.map((link, index) => {
		const { topic } = identities[index] ?? { topic: '' };
		const sent: number[] = [];
		link.lost = (error) => failure.reject(error);
		link.on = (type, reason) => {
			if (type !== packetType.puback) return;
			if (reason >= 0x80) return failure.reject(new Error(`PUBACK 0x${reason.toString(16)} on ${topic}`));
			const at = sent.shift();
			if (!measuring || at === undefined) return;
			acknowledged++;
			latencies.push(performance.now() - at);
		};
		return { link, sent, form: template(topic, job.protocol), count: 0 };
	});
	const began = performance.now();
	let published = 0;
	const timer = setInterval(() => {
		const now = performance.now();
		const due = Math.floor(((now - began) / 1000) * job.perSecond);
		for (; published < due; published++) {
			const device = devices[published % devices.length];
			if (device === undefined) return;
			device.sent.push(performance.now());
			device.link.socket.write(publications(device.form, 1, (device.count % 0xffff) + 1, job.firstTime + device.count));
			device.count++;
		}
	}, beat);
	const used = await Promise.race([timed(job, (on) => (measuring = on)), failure.promise]);
	const result = { count: acknowledged, ...used, latencies, grownBytes: 0 };
	clearInterval(timer);
	await sleep(500);
	closeAll(links);
	return result;
};

/** How long a device waits before it tries again, as our agent does: at first half a second, doubled up to ten, and half of that by chance. */
const retryIn = (tries: number): number => Math.min(10_000, 500 * 2 ** tries) * (0.5 + Math.random() / 2);

/**
 * Every connection is lost at the same moment, and every device comes back at once: as after a power cut of the network.
 * One that was refused or waited for too long tries again. Ends when all are back.
 */
const storm = async (job: Job, identities: readonly Identity[]): Promise<Result> => {
	const devices = identities.map((identity) => ({ identity, context: contextFor(job, identity) }));
	const links = await openAll(job, identities);
	await sleep(job.warmUpSeconds * 1000);
	const stop = start(job.serverPid);
	const lost = performance.now();
	for (const link of links) {
		link.lost = () => undefined;
		link.socket.destroy();
	}
	const latencies: number[] = [];
	const back = await Promise.all(
		devices.map(async ({ identity, context }) => {
			for (let tries = 0; ; tries++) {
				try {
					const link = await open(job, identity, context);
					latencies.push(performance.now() - lost);
					return link;
				} catch {
					await sleep(retryIn(tries));
				}
			}
		}),
	);
	const result = { count: back.length, ...stop(), latencies, grownBytes: 0 };
	closeAll(back);
	return result;
};

/** `connections` at a time, each: full handshake, CONNECT, CONNACK, gone. No session is ever resumed. */
const handshake = async (job: Job, identities: readonly Identity[]): Promise<Result> => {
	const contexts = identities.map((identity) => ({ identity, context: contextFor(job, identity) }));
	let [done, next, measuring] = [0, 0, false];
	const until = performance.now() + (job.warmUpSeconds + job.seconds) * 1000;
	const worker = async (): Promise<void> => {
		while (performance.now() < until) {
			const { identity, context } = contexts[next++ % contexts.length] ?? {};
			if (identity === undefined || context === undefined) throw new Error('no identities');
			const link = await open(job, identity, context);
			closeAll([link]);
			if (measuring) done++;
		}
	};
	const workers = Promise.all(Array.from({ length: job.connections }, worker));
	let counted = 0;
	const measured = timed(job, (on) => {
		measuring = on;
		counted = done;
	});
	const [used] = await Promise.all([measured, workers]);
	return { count: counted, ...used, latencies: [], grownBytes: 0 };
};

/** Connections that are there before: they make the server grow to its working size, which is no connection's cost. */
const idleBefore = 500;

/** How much the server grows from its first connection to its last, after it had time to settle. */
const idle = async (job: Job, identities: readonly Identity[]): Promise<Result> => {
	const first = await openAll(job, identities.slice(0, idleBefore));
	await sleep(job.warmUpSeconds * 1000);
	const before = residentBytes(job.serverPid);
	const stop = start(job.serverPid);
	const rest = await openAll(job, identities.slice(idleBefore));
	let lost: Error | undefined;
	for (const link of rest) link.lost = (error) => (lost ??= error);
	await sleep(job.seconds * 1000);
	const grownBytes = residentBytes(job.serverPid) - before;
	if (lost !== undefined) throw lost;
	const result = { count: rest.length, ...stop(), latencies: [], grownBytes };
	closeAll([...first, ...rest]);
	return result;
};

const perform = (job: Job): Promise<Result> => {
	const all = JSON.parse(readFileSync(job.identities, 'utf8')) as Identity[];
	if (job.kind === 'handshake') return handshake(job, all);
	const identities = all.slice(0, job.connections);
	switch (job.kind) {
		case 'ingest':
			return ingest(job, identities);
		case 'paced':
			return paced(job, identities);
		case 'idle':
			return idle(job, identities);
		case 'storm':
			return storm(job, identities);
	}
};

process.once('message', (job: Job) => {
	perform(job).then(
		(result) => process.send?.({ result }, () => process.exit(0)),
		(error: unknown) =>
			process.send?.({ failure: error instanceof Error ? error.message : String(error) }, () => process.exit(1)),
	);
});

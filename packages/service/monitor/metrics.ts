import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Milliseconds } from '@keyward/core';
import type { Posture } from '@keyward/core/policy';
import type * as Prometheus from 'prom-client';
import { type Counters, refusalsOf } from '../log/counters.ts';
import type { CommitTimes } from '../ingest/commit-times.ts';
import { postureGauges } from './posture/posture-metrics.ts';

const require = createRequire(import.meta.url);
// Four of its files: all of prom-client is 88 modules, most of them for metrics of Node that nobody asks for.
const Counter = require('prom-client/lib/counter') as typeof Prometheus.Counter;
const Gauge = require('prom-client/lib/gauge') as typeof Prometheus.Gauge;
const Histogram = require('prom-client/lib/histogram') as typeof Prometheus.Histogram;
const Registry = require('prom-client/lib/registry') as typeof Prometheus.Registry;

/** What a scrape looks at. Nothing of it is gathered on a reading's way but the time of its commit. */
export interface MetricsSigns {
	readonly version: string;
	readonly counters: Counters;
	readonly commits: CommitTimes;
	sessions(): Iterable<{ readonly principal: { readonly application: string; readonly kind: string } }>;
	/** Batches that wait for a commit. */
	batchesWaiting(): number;
	ledgers(): Promise<ReadonlyMap<string, number>>;
	disk(): Promise<{ readonly free: number; readonly freeInodes: number | null }>;
	certificates(): readonly { readonly name: string; readonly until: number }[];
	ready(): Promise<boolean>;
	posture(): Promise<readonly Posture[]>;
	alerts(): { readonly standing: ReadonlyMap<string, number>; readonly waiting: number };
}

export interface Metrics {
	/** In Prometheus' text format, version 0.0.4. */
	text(): Promise<string>;
	stop(): void;
}

/** What became of readings, as the counters name it. */
const OUTCOMES: Readonly<Record<string, string>> = { accepted: 'stored', known: 'repeated' };
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
const NANOSECONDS = 1e-9;

export const createMetrics = (signs: MetricsSigns): Metrics => {
	const registry = new Registry();
	const delay = monitorEventLoopDelay({ resolution: 20 });
	delay.enable();

	const gauge = (
		name: string,
		help: string,
		labelNames: readonly string[],
		collect: (gauge: Prometheus.Gauge) => void | Promise<void>,
	): void => {
		const made = new Gauge({
			name: `keyward_${name}`,
			help,
			labelNames,
			registers: [],
			collect() {
				this.reset();
				return collect(this);
			},
		});
		registry.registerMetric(made);
	};
	const counted = (name: string, help: string, label: string, of: () => Iterable<readonly [string, number]>): void => {
		const made = new Counter({
			name: `keyward_${name}`,
			help,
			labelNames: [label],
			registers: [],
			collect() {
				this.reset();
				for (const [value, count] of of()) this.inc({ [label]: value }, count);
			},
		});
		registry.registerMetric(made);
	};

	gauge('info', 'The version of the running service.', ['version'], (one) => one.set({ version: signs.version }, 1));
	gauge('ready', 'Whether /healthz says that the site can do its work.', [], async (one) =>
		one.set((await signs.ready()) ? 1 : 0),
	);
	counted(
		'readings_total',
		'Records admitted since the start: stored, or repeated and so stored already.',
		'outcome',
		() =>
			Object.entries(signs.counters.all()).flatMap(([name, count]) => {
				const outcome = OUTCOMES[name];
				return outcome === undefined ? [] : [[outcome, count] as const];
			}),
	);
	counted('refusals_total', 'What was refused since the start, by error code.', 'code', () =>
		Object.entries(refusalsOf(signs.counters.all())),
	);
	counted('events_total', 'What else happened since the start.', 'event', () => {
		const counts = signs.counters.all();
		const refusals = refusalsOf(counts);
		return Object.entries(counts).filter(([name]) => OUTCOMES[name] === undefined && refusals[name] === undefined);
	});
	gauge('sessions', 'Live MQTT sessions.', ['application', 'kind'], (one) => {
		for (const { principal } of signs.sessions()) one.inc({ application: principal.application, kind: principal.kind });
	});
	const commit = new Histogram({
		name: 'keyward_commit_seconds',
		help: 'How long the store took for a durable commit.',
		buckets: BUCKETS,
		registers: [registry],
	});
	signs.commits.onTook((span: Milliseconds) => commit.observe(span / 1000));
	counted('commits_total', 'Commits since the start, durable or failed.', 'outcome', () =>
		Object.entries(signs.commits.counts()),
	);
	gauge('batches_waiting', 'Batches of readings that wait for a commit.', [], (one) => one.set(signs.batchesWaiting()));
	gauge('event_loop_delay_seconds', "Delay of the committer's thread since the last scrape.", ['statistic'], (one) => {
		one.set({ statistic: 'median' }, delay.percentile(50) * NANOSECONDS);
		one.set({ statistic: 'p99' }, delay.percentile(99) * NANOSECONDS);
		one.set({ statistic: 'max' }, delay.max * NANOSECONDS);
		delay.reset();
	});
	gauge('certificate_end_timestamp_seconds', "When the site's own certificates end.", ['certificate'], (one) => {
		for (const { name, until } of signs.certificates()) one.set({ certificate: name }, until / 1000);
	});
	gauge('ledger_leaves', 'Leaves of the ledger.', ['application'], async (one) => {
		for (const [application, leaves] of await signs.ledgers()) one.set({ application }, leaves);
	});
	gauge('disk_free_bytes', 'Room on the file system of the data folder.', [], async (one) =>
		one.set((await signs.disk()).free),
	);
	gauge('disk_free_inodes', 'Inodes left there; without end where they are not counted.', [], async (one) =>
		one.set((await signs.disk()).freeInodes ?? Number.POSITIVE_INFINITY),
	);
	gauge('resident_memory_bytes', 'Memory of the whole process.', [], (one) => one.set(process.memoryUsage.rss()));
	gauge('alerts_standing', 'Alerts that stand.', ['event'], (one) => {
		for (const [event, count] of signs.alerts().standing) one.set({ event }, count);
	});
	gauge('alerts_waiting', 'Alerts that wait for their webhook.', [], (one) => one.set(signs.alerts().waiting));

	for (const { name, help, labels, of } of postureGauges)
		gauge(name, help, labels, async (one) => {
			for (const posture of await signs.posture())
				for (const [values, value] of of(posture))
					one.set(Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ''])), value);
		});

	return { text: () => registry.metrics(), stop: () => delay.disable() };
};

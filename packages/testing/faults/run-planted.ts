import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../folder.ts';
import { csv, runDevice, safecast, type RunCounters, type Source, wallClock } from '@keyward/agent';
import type { ReadingView } from '@keyward/contract';
import { startSite, type TestIdentity, type TestSite } from '../service/site.ts';
import { plantGeiger } from './geiger.ts';
import type { Planted, PlantedSeries } from './planted.ts';
import { seeded } from './random.ts';
import { plantWeather } from './weather.ts';

/** From which reading on a value is stuck, in the policy of these runs. */
const stuckAfter = { geiger: 60, weather: 12 };

const policy = `
application: field
level: { authenticity: 2, authorization: 2, integrity: 3, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  count-rate: { unit: 1/min, every: 1ms, readers: [desk], range: [0, 1000000], stuck-after: ${stuckAfter.geiger} }
  temperature: { unit: Cel, every: 1ms, readers: [desk], range: [-60, 60], stuck-after: ${stuckAfter.weather}, largest-change: [15, 6h] }
  pressure: { unit: hPa, every: 1ms, readers: [desk], range: [800, 1100], stuck-after: ${stuckAfter.weather}, largest-change: [15, 6h] }
  wind: { unit: m/s, every: 1ms, readers: [desk] }
devices:
  counter: { custody: [software], streams: [count-rate] }
  station: { custody: [software], streams: [temperature, pressure, wind] }
`;

/** What became of a series, by what was planted. */
export interface Outcome {
	readonly name: string;
	readonly readings: number;
	readonly planted: Readonly<Record<string, number>>;
	/** What is not as it was to be, in words; nothing when all is. */
	readonly wrong: readonly string[];
	readonly falselySuspected: number;
	/** Readings of a stuck sensor before that could be known. */
	readonly tooEarly: number;
	readonly counters: RunCounters;
}

const noReplay = { times: 'keep', pace: 'unpaced', repeat: false } as const;

/** Runs both series, source → agent → service, and compares what readers get with what was planted. */
export const runPlanted = async (
	t: TestContext,
	{ seed, sentences, rows, rate }: { seed: number; sentences: number; rows: number; rate: number },
): Promise<Outcome[]> => {
	const site = await startSite(t, { linkWorkers: 2, policies: [policy] });
	const reader = await site.commissionReader('field', 'desk');
	const random = seeded(seed);
	const every = 300_000;
	const geiger = plantGeiger(
		{ from: Date.UTC(2025, 10, 1), every, size: sentences, rate, stuckAfter: stuckAfter.geiger },
		random,
	);
	const weather = plantWeather({ size: rows, rate, stuckAfter: stuckAfter.weather }, random);
	const folder = temporaryFolder('keyward-planted-');
	const path = join(folder, 'weather.csv');
	writeFileSync(path, weather.text);
	const run = (name: string, deviceClass: string, source: Source, series: PlantedSeries): Promise<Outcome> =>
		runOne(site, reader, name, deviceClass, source, series);
	return [
		await run(
			'geiger',
			'counter',
			safecast({
				open: () => Readable.from([Buffer.from(geiger.text, 'latin1')]),
				streams: { 'count-rate': 'count-rate' },
				sensitivity: 334,
				replay: noReplay,
				live: false,
				timekeeper: wallClock,
			}),
			geiger,
		),
		await run(
			'weather',
			'station',
			csv({
				path,
				time: 'date',
				streams: {
					temperature: { column: 'temperature', unit: 'Cel' },
					pressure: { column: 'pressure', unit: 'hPa' },
					wind: { column: 'wind', unit: 'm/s' },
				},
				replay: noReplay,
				timekeeper: wallClock,
			}),
			weather,
		),
	];
};

const runOne = async (
	site: TestSite,
	reader: TestIdentity,
	name: string,
	deviceClass: string,
	source: Source,
	series: PlantedSeries,
): Promise<Outcome> => {
	const { identity } = await site.commissionDevice('field', name, deviceClass);
	const counters = await runDevice({
		folder: identity.folder,
		source,
		clock: wallClock,
		signal: new AbortController().signal,
		report: () => {},
		untilDrained: true,
	});
	const stored = new Map<string, ReadingView>();
	for (const stream of new Set(series.readings.map((one) => one.stream))) {
		await site.grant('field', 'desk', name, stream);
		for await (const row of readAll(site, reader, name, stream))
			if (!('sealed' in row)) stored.set(`${stream} ${row.time}`, row);
	}
	return { name, ...compare(series.readings, stored, counters), counters };
};

const compare = (
	readings: readonly Planted[],
	stored: ReadonlyMap<string, ReadingView>,
	counters: RunCounters,
): Omit<Outcome, 'name' | 'counters'> => {
	const planted: Record<string, number> = {};
	const wrong: string[] = [];
	const expected: Record<string, number> = {};
	let falselySuspected = 0;
	let tooEarly = 0;
	let kept = 0;
	for (const { stream, time, value, fault, fate } of readings) {
		if (fault !== null) planted[fault] = (planted[fault] ?? 0) + 1;
		const found = stored.get(`${stream} ${time}`);
		const says = `${stream} at ${new Date(time).toISOString()} (${fault ?? 'good'})`;
		if (fate.kind === 'complaint' || fate.kind === 'refused') {
			expected[fate.code] = (expected[fate.code] ?? 0) + 1;
			// Another value at the same time may be stored; this one may not.
			if (found?.value === value) wrong.push(`${says}: stored`);
			continue;
		}
		kept++;
		if (found === undefined) wrong.push(`${says}: lost`);
		else if (found.value !== value) wrong.push(`${says}: stored as ${String(found.value)}`);
		const doubt = found?.doubt?.join(' ') ?? '';
		if (fate.kind === 'marked' && doubt !== fate.doubt) wrong.push(`${says}: marked "${doubt}"`);
		if (fate.kind === 'good' && doubt !== '') falselySuspected++;
		if (fate.kind === 'too-early') tooEarly++;
	}
	if (stored.size !== kept) wrong.push(`${stored.size} are stored, ${kept} were to be`);
	const said = sum(counters.complaints, counters.refused);
	for (const code of new Set([...Object.keys(expected), ...Object.keys(said)])) {
		if ((expected[code] ?? 0) !== (said[code] ?? 0)) {
			wrong.push(`${code}: counted ${said[code] ?? 0} times, planted ${expected[code] ?? 0} times`);
		}
	}
	return { readings: readings.length, planted, wrong, falselySuspected, tooEarly };
};

const sum = (...all: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
	const total: Record<string, number> = {};
	for (const counts of all)
		for (const [code, count] of Object.entries(counts)) total[code] = (total[code] ?? 0) + count;
	return total;
};

async function* readAll(
	site: TestSite,
	{ tls }: TestIdentity,
	device: string,
	stream: string,
): AsyncGenerator<ReadingView> {
	const agent = new Agent({ ...tls, keepAlive: true });
	try {
		for (let after = 0; ;) {
			const url = `${site.url}/v1/readings/field/${device}/${stream}?limit=1000&after=${after}`;
			const [response] = (await once(request(url, { agent }).end(), 'response')) as [IncomingMessage];
			const page = (await json(response)) as { readings: ReadingView[]; next: number };
			if (page.readings.length === 0) return;
			yield* page.readings;
			after = page.next;
		}
	} finally {
		agent.destroy();
	}
}

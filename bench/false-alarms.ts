import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { csv, runDevice, wallClock } from '@keyward/agent';
import { detectorNames } from '@keyward/core/incident';
import { judgeValue, openWatch, suspicionTerms } from '@keyward/core/observe';
import type { StreamTerms } from '@keyward/core/policy';
import { startSite } from '@keyward/testing/service/site';
import { table } from './lib/report.ts';

// What detectors say of real series in which nothing is wrong: every alarm is a false one. docs/incidents.md has the figures.

const geigerFile = fileURLToPath(new URL('../examples/reactor-hall/geiger-007-2012-06-08.csv', import.meta.url));
const weatherFile = join(
	dirname(createRequire(new URL('../packages/testing/package.json', import.meta.url)).resolve('vega-datasets')),
	'../data/seattle-weather-hourly-normals.csv',
);

/** Times as the deployed devices give them; the series is sent as fast as it goes, in so many connections. */
const CONNECTIONS = 20;

const policy = `
application: field
level: { authenticity: 2, authorization: 2, integrity: 3, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: enforce
streams:
  count-rate: { unit: 1/min, every: 5s, readers: [desk], range: [0, 1000000] }
  temperature: { unit: Cel, every: 1h, readers: [desk], range: [-60, 60] }
  pressure: { unit: hPa, every: 1h, readers: [desk], range: [800, 1100] }
  wind: { unit: m/s, every: 1h, readers: [desk] }
devices:
  counter: { custody: [software], streams: [count-rate] }
  station: { custody: [software], streams: [temperature, pressure, wind] }
`;

const rows = (file: string): { readonly head: string; readonly all: readonly string[] } => {
	const [head = '', ...all] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
	return { head, all };
};

const values = (file: string, column: number): [number, number][] =>
	rows(file).all.map((row) => {
		const cells = row.split(',');
		const [date = ''] = cells;
		return [Date.parse(date.endsWith('Z') ? date : `${date}Z`), Number(cells[column])];
	});

/** How many of a series are marked under these terms. */
const marked = (
	series: readonly [number, number][],
	unit: string,
	every: number,
	more: Partial<StreamTerms> = {},
): number => {
	const watch = openWatch(suspicionTerms({ name: 'x', unit, every, readers: [], essential: false, ...more }));
	return series.filter(([time, value]) => judgeValue(watch, time, value) !== 0).length;
};

const [counts, pressure, temperature] = [values(geigerFile, 1), values(weatherFile, 1), values(weatherFile, 2)];
const limits = [
	...[5, 10, 15].map((most) => ({
		name: 'counts per minute, each 5 s',
		series: counts,
		unit: '1/min',
		every: 5000,
		most,
		within: 10_000,
	})),
	...[1, 2, 5].map((most) => ({
		name: 'pressure in hPa, each hour',
		series: pressure,
		unit: 'hPa',
		every: 3_600_000,
		most,
		within: 3_600_000,
	})),
	...[1, 2, 5].map((most) => ({
		name: 'temperature in °C, each hour',
		series: temperature,
		unit: 'Cel',
		every: 3_600_000,
		most,
		within: 3_600_000,
	})),
];
console.log(
	table(
		['series', 'readings', 'largest change', 'falsely marked'],
		limits.map(({ name, series, unit, every, most, within }) => [
			name,
			series.length.toLocaleString('en-GB'),
			String(most),
			String(marked(series, unit, every, { largestChange: { most, within } })),
		]),
	),
);

test('a site that real series are sent to', async (t) => {
	const site = await startSite(t, { linkWorkers: 2, policies: [policy] });
	const folder = mkdtempSync(join(tmpdir(), 'keyward-false-alarms-'));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	const run = async (id: string, deviceClass: string, file: string, time: string, streams: Record<string, string>) => {
		const { identity } = await site.commissionDevice('field', id, deviceClass);
		const { head, all } = rows(file);
		const size = Math.ceil(all.length / CONNECTIONS);
		let sent = 0;
		for (let at = 0; at < all.length; at += size) {
			const path = join(folder, `${id}-${at}.csv`);
			const dated = all.slice(at, at + size).map((row) => row.replace(/^([^,Z]+),/, '$1Z,'));
			writeFileSync(path, `${head}\n${dated.join('\n')}\n`);
			const columns = Object.fromEntries(
				Object.entries(streams).map(([column, unit]) => [
					column === 'counts_per_minute' ? 'count-rate' : column,
					{ column, unit },
				]),
			);
			const counters = await runDevice({
				...{ folder: identity.folder, clock: wallClock, signal: new AbortController().signal, report: () => {} },
				source: csv({
					...{ path, time, streams: columns, timekeeper: wallClock },
					replay: { times: 'keep', pace: 'unpaced', repeat: false },
				}),
				untilDrained: true,
			});
			sent += counters.accepted;
			if (Object.keys(counters.refused).length > 0) console.log(id, 'refused', counters.refused);
		}
		return { id, sent };
	};
	const sent = [
		await run('geiger', 'counter', geigerFile, 'time', { counts_per_minute: '1/min' }),
		await run('weather', 'station', weatherFile, 'date', { temperature: 'Cel', pressure: 'hPa', wind: 'm/s' }),
	];
	const incidents = await site.ask('incident.list', {});
	console.log(
		table(
			['detector', ...sent.map(({ id, sent: many }) => `${id}: incidents in ${many.toLocaleString('en-GB')} readings`)],
			detectorNames.map((name) => [
				name,
				...sent.map(({ id }) => String(incidents.filter((one) => one.cause === name && one.device === id).length)),
			]),
		),
	);
});

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { good, oneOf, type Fate, type Planted, type PlantedSeries } from './planted.ts';

// A year of a weather station, hour by hour, with faults of sensors, cables and programs.

/** Hourly normals of Seattle (NOAA, public domain; the package vega-datasets carries them). */
const rows = (): string[] =>
	readFileSync(
		join(
			dirname(createRequire(import.meta.url).resolve('vega-datasets')),
			'..',
			'data',
			'seattle-weather-hourly-normals.csv',
		),
		'utf8',
	)
		.trim()
		.split(/\r?\n/)
		.slice(1);

interface Fault {
	readonly name: string;
	readonly of: 'temperature' | 'pressure';
	/** What stands in the cell. */
	readonly cell: string;
	readonly fate: Fate;
}

const malformed: Fate = { kind: 'complaint', code: 'source-malformed' };
const impossible: Fate = { kind: 'refused', code: 'reading-value' };
const strays: Fate = { kind: 'complaint', code: 'sentence-void' };
const leaps: Fate = { kind: 'marked', doubt: 'rate' };

const faults: readonly Fault[] = [
	{ name: 'a letter for a digit', of: 'temperature', cell: '1O.5', fate: malformed },
	{ name: 'an empty cell', of: 'pressure', cell: '', fate: malformed },
	{ name: 'NaN', of: 'pressure', cell: 'NaN', fate: malformed },
	{ name: '-127 of a sensor that is not there', of: 'temperature', cell: '-127', fate: impossible },
	{ name: '85 of a sensor that lost its power', of: 'temperature', cell: '85', fate: impossible },
	{ name: 'pascals for hectopascals', of: 'pressure', cell: '101660', fate: impossible },
	{ name: 'a loose contact, up', of: 'temperature', cell: '55', fate: leaps },
	{ name: 'a loose contact, down', of: 'temperature', cell: '-40', fate: leaps },
	{ name: 'a blocked port', of: 'pressure', cell: '870', fate: leaps },
];

/** What a logger writes for a time that it does not know, or not whole: the row is lost with it. */
const rowFaults: readonly {
	readonly name: string;
	readonly of: 'row';
	readonly date: (date: string) => string;
	readonly fate: Fate;
}[] = [
	{
		name: 'a row of 2000, of a logger that lost its clock',
		of: 'row',
		date: (date) => `2000${date.slice(4)}`,
		fate: strays,
	},
	{ name: 'a row of 2080', of: 'row', date: (date) => `2080${date.slice(4)}`, fate: strays },
	{
		name: 'a row a day late',
		of: 'row',
		date: (date) => new Date(Date.parse(date) + 86_400_000).toISOString(),
		fate: strays,
	},
	{ name: 'a local time', of: 'row', date: (date) => date.slice(0, -1), fate: malformed },
];

/** How long a sensor is stuck. */
const frozen = 40;

/** `size` rows with faults at random in `rate` of them; the policy says after how many a value is stuck. */
export const plantWeather = (
	{ size, rate, stuckAfter }: { size: number; rate: number; stuckAfter: number },
	random: () => number,
): PlantedSeries => {
	const lines = ['date,pressure,temperature,wind'];
	const readings: Planted[] = [];
	const freezes = Math.floor(size * (0.3 + 0.4 * random()));
	let ice = '';
	let [first, astray] = ['', false];
	for (const [at, row] of rows().slice(0, size).entries()) {
		const [date = '', pressure = '', temperature = '', wind = ''] = row.split(',');
		const time = Date.parse(`${date}Z`);
		const stuck = at - freezes;
		if (stuck === 0) ice = temperature;
		// The first row has nothing before it, the last nothing after it, and two in a row are another recording.
		const alone = first !== '' && !astray && at < size - 1 && (stuck < 0 || stuck >= frozen);
		if (alone && random() < rate / 4) {
			const { name, date: written, fate } = oneOf(rowFaults, random);
			lines.push(`${written(`${date}Z`)},${pressure},${temperature},${wind}`);
			readings.push({ stream: 'wind', time, value: Number(wind), fault: name, fate });
			astray = true;
			continue;
		}
		[first, astray] = [date, false];
		const isStuck = stuck >= 0 && stuck < frozen;
		const fault = !isStuck && random() < rate ? oneOf(faults, random) : null;
		const cells = { temperature: isStuck ? ice : temperature, pressure };
		for (const stream of ['temperature', 'pressure'] as const) {
			const fate = stuck + 1 >= stuckAfter ? { kind: 'marked', doubt: 'stuck' } : { kind: 'too-early' };
			if (fault?.of === stream) {
				cells[stream] = fault.cell;
				readings.push({ stream, time, value: Number(fault.cell), fault: fault.name, fate: fault.fate });
			} else if (isStuck && stream === 'temperature') {
				readings.push({ stream, time, value: Number(ice), fault: 'a frozen sensor', fate: fate as Fate });
			} else {
				readings.push({ stream, time, value: Number(cells[stream]), fault: null, fate: good });
			}
		}
		readings.push({ stream: 'wind', time, value: Number(wind), fault: null, fate: good });
		lines.push(`${date}Z,${cells.pressure},${cells.temperature},${wind}`);
	}
	return { text: `${lines.join('\n')}\n`, readings };
};

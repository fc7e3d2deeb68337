import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const cli = join(root, 'packages/cli/main.ts');
const geiger = join(root, 'examples/reactor-hall/geiger-007-2012-06-08.csv');
const weather = join(
	dirname(createRequire(import.meta.url).resolve('vega-datasets')),
	'../data/seattle-weather-hourly-normals.csv',
);

/** A device of the demonstration: its own process, over the real protocols. */
export interface DemoDevice {
	readonly application: string;
	readonly id: string;
	/** Where it makes its key. */
	readonly custody: 'software' | 'tpm2';
	/** The part that it is expected to be, where its policy asks for one; that of its TPM is read. */
	readonly part?: string;
	/** Its class, where its TPM shows what it started. */
	readonly bootClass?: string;
	/** What `keyward device run` is told of its source. */
	readonly source: readonly string[];
}

/** The probe whose key is in a TPM. */
export const PROBE = 'gamma-1';

// Geiger figures of a drive, 5 s apart; 334 counts per minute of this tube are 1 µSv/h.
const geigerSource = [
	...['--source', 'csv', '--file', geiger, '--time-column', 'time', '--where', 'validity=A'],
	...['--map', 'dose-rate=counts_per_minute', '--scale', 'dose-rate=1e-6/334', '--unit', 'dose-rate=Sv/h'],
	...['--map', 'count-rate=counts_per_minute', '--unit', 'count-rate=1/min'],
	...['--times', 'now', '--every', '5s', '--repeat'],
];

// Hourly normals, an hour shown every two seconds.
const weatherSource = [
	...['--source', 'csv', '--file', weather, '--time-column', 'date'],
	...['--map', 'pressure=pressure', '--unit', 'pressure=hPa', '--map', 'wind=wind', '--unit', 'wind=m/s'],
	...['--map', 'temperature=temperature', '--unit', 'temperature=Cel', '--times', 'now', '--every', '2s', '--repeat'],
];

const station = (id: string): DemoDevice => ({
	application: 'weather-station',
	id,
	custody: 'software',
	source: weatherSource,
});

export const devices: readonly DemoDevice[] = [
	{ application: 'reactor-hall', id: PROBE, custody: 'tpm2', bootClass: 'gamma-probe', source: geigerSource },
	// A probe that came without its part: what the policy is there to keep out.
	{ application: 'reactor-hall', id: 'gamma-2', custody: 'software', part: 'serial:gamma-2', source: geigerSource },
	station('roof-north'),
	station('harbour'),
];

export const readers = [
	{ application: 'reactor-hall', id: 'safety-desk', streams: ['dose-rate', 'count-rate'], purpose: 'radiation safety' },
	{
		application: 'weather-station',
		id: 'public-board',
		streams: ['temperature', 'pressure', 'wind'],
		purpose: 'public display',
	},
] as const;

export const deviceFolder = (data: string, id: string): string => join(data, 'fleet', id);
export const readerFolder = (data: string, id: string): string => join(data, 'readers', id);

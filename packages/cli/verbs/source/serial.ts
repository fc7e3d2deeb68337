import {
	blockChecks,
	type LineEnding,
	type LineReader,
	nmeaLines,
	parseNmeaField,
	parseNumber,
	parsePick,
	pickedLines,
	sampleLines,
	sentenceLines,
	serial as makeSerial,
	stationClock,
} from '@keyward/agent';
import { didYouMean, parseSpan } from '@keyward/core/spelling';
import type { OptionName, SourceKind } from './kind.ts';
import { saidDecimal, sampleLineOptions, sentenceLineOptions } from './lines.ts';
import { mappedStreams, misuse, type SourceOptions } from './options.ts';

const advice = 'where a line says more than a value, run with --lines fields and --map STREAM=HOW';

/** What the lines of an instrument are, and what says so. */
const lineKinds: Readonly<Record<string, { takes: readonly OptionName[]; make(options: SourceOptions): LineReader }>> =
	{
		values: {
			takes: ['stream', 'unit', 'zone'],
			make: (options) => sampleLines({ ...sampleLineOptions(options, stationClock), advice }),
		},
		fields: {
			takes: ['map', 'unit', 'decimal'],
			make: (options) =>
				pickedLines(
					mappedStreams(options, 'FIELD', (text) => ({ pick: parsePick(text, saidDecimal(options)) })),
					stationClock,
				),
		},
		nmea: {
			takes: ['map', 'unit'],
			make: (options) => nmeaLines(mappedStreams(options, 'SENTENCE:FIELD', parseNmeaField), stationClock),
		},
		safecast: {
			takes: ['map', 'sensitivity'],
			make: (options) => sentenceLines({ ...sentenceLineOptions(options), clock: stationClock }),
		},
	};

export const serial: SourceKind = {
	name: 'serial',
	takes: ({ lines = 'values' }) => [
		...(['device', 'baud', 'framing', 'lines', 'lineEnding'] as const),
		...(lineKinds[lines]?.takes ?? []),
	],
	without: ({ lines }) => ` with --lines ${lines ?? 'values'}`,
	make(options) {
		const { lines = 'values', lineEnding = 'lf' } = options;
		const port = portOf(options, '8N1');
		const kind = lineKinds[lines];
		if (kind === undefined) throw misuse(`--lines is ${Object.keys(lineKinds).join(', ')}`);
		return makeSerial({
			...port,
			lineEnding: lineEndingOf(lineEnding),
			lines: kind.make(options),
		});
	},
};

/** `--device`, `--baud` and `--framing`, each with what the instruments of the kind use where it is left out. */
export const portOf = (
	{ source, device, baud, framing }: SourceOptions,
	usualFraming: string,
	usualBaud?: string,
): { readonly path: string; readonly baud: number; readonly framing: string } => {
	if (device === undefined) throw misuse(`--source ${source} needs --device, such as /dev/serial/by-id/…`);
	const rate = baud ?? usualBaud;
	if (rate === undefined)
		throw misuse(`--source ${source} needs --baud: the rate that the instrument sends at, such as 9600`);
	return { path: device, baud: parseNumber(rate), framing: (framing ?? usualFraming).toUpperCase() };
};

/** `lf`, `cr`, `crlf`, `any`, a span of silence, or `stx-etx` with its check. */
const lineEndingOf = (text: string): LineEnding => {
	if (text === 'lf' || text === 'cr' || text === 'any') return text;
	if (text === 'crlf') return 'lf';
	const [frame, check = 'none', ...more] = text.split(',');
	if (frame === 'stx-etx' && more.length === 0) {
		const known = blockChecks.find((name) => name === check);
		if (known !== undefined) return { frame, check: known };
		throw misuse(
			`there is no check ${JSON.stringify(check)}${didYouMean(check, blockChecks)} (${blockChecks.join(', ')})`,
		);
	}
	if (/^\d/.test(text)) {
		const pause = parseSpan(text);
		if (pause >= shortestPause && pause <= longestPause) return { pause };
		throw misuse('a silence ends a line after 20ms to 10s');
	}
	throw misuse(
		`${JSON.stringify(text)} ends no line: --line-ending is lf, cr, crlf, any, a span of silence such as 200ms, or stx-etx,CHECK`,
	);
};

/** Shorter ones are lost in the buffers of adapters; in longer ones an instrument would be thought dead. */
const shortestPause = 20;
const longestPause = 10_000;

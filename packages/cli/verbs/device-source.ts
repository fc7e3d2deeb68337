import { createReadStream, fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';
import {
	csv,
	type Pace,
	parseNumber,
	type ReplayOptions,
	safecast,
	type SafecastFigure,
	safecastFigures,
	type Source,
	standardInput,
	wallClock,
} from '@keyward/agent';
import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import { isUnit, parseSpan } from '@keyward/core/policy';

/** What `keyward device run` is told of its source. */
export interface SourceOptions {
	readonly source: string;
	readonly file?: string;
	readonly stream?: string;
	readonly map?: readonly string[];
	readonly scale?: readonly string[];
	readonly unit?: readonly string[];
	readonly where?: readonly string[];
	readonly timeColumn?: string;
	readonly times?: string;
	readonly speed?: string;
	readonly every?: string;
	readonly repeat?: boolean;
	readonly sensitivity?: string;
}

export const sourceNames = ['stdin', 'csv', 'safecast'] as const;

/** Makes the source. Throws `Problem('request-malformed')` for options that mean nothing together. */
export const makeSource = (options: SourceOptions): Source => {
	const name = sourceNames.find((known) => known === options.source);
	if (name === undefined)
		throw misuse(`there is no source ${JSON.stringify(options.source)}: it is ${sourceNames.join(', ')}`);
	refuseStrangers(name, options);
	try {
		return makers[name](options);
	} catch (error) {
		// Before anything is read, what is wrong is what was asked for.
		if (error instanceof Problem) throw new Problem('request-malformed', error.detail, { cause: error });
		throw error;
	}
};

const makers: Readonly<Record<(typeof sourceNames)[number], (options: SourceOptions) => Source>> = {
	stdin: ({ stream, unit }) => {
		if (stream !== undefined) checkName(stream);
		return standardInput({
			input: process.stdin,
			clock: wallClock,
			live: isSerialLine(),
			...(stream === undefined ? {} : { stream }),
			units: unitsOf(unit),
		});
	},
	csv: (options) => {
		if (options.file === undefined) throw misuse('--source csv needs --file');
		const columns = pairsOf('--map', options.map);
		if (columns.size === 0) throw misuse('--source csv needs --map STREAM=COLUMN for each stream');
		const scales = pairsOf('--scale', options.scale);
		const units = unitsOf(options.unit);
		const [stranger] = [...scales.keys(), ...Object.keys(units)].filter((stream) => !columns.has(stream));
		if (stranger !== undefined) throw misuse(`no --map names the stream ${stranger}`);
		return csv({
			path: options.file,
			time: options.timeColumn ?? 'time',
			streams: Object.fromEntries(
				[...columns].map(([stream, column]) => {
					const scale = scales.get(stream);
					const unit = units[stream];
					return [
						stream,
						{
							column,
							...(scale === undefined ? {} : { scale: factorOf(scale) }),
							...(unit === undefined ? {} : { unit }),
						},
					];
				}),
			),
			where: (options.where ?? []).map((condition) => {
				const [column, is] = splitPair('--where', condition);
				return { column, is };
			}),
			replay: replayOf(options),
			timekeeper: wallClock,
		});
	},
	safecast: (options) => {
		const { file } = options;
		const named = pairsOf('--map', options.map);
		const streams =
			named.size === 0
				? safecastFigures.map((figure) => [figure, figure] as const)
				: [...named].map(([stream, figure]) => [stream, figureOf(figure)] as const);
		return safecast({
			open: file === undefined ? (): Readable => process.stdin : (): Readable => createReadStream(file),
			streams: Object.fromEntries(streams),
			sensitivity: options.sensitivity === undefined ? 334 : parseNumber(options.sensitivity),
			replay: file === undefined ? null : replayOf(options),
			live: file === undefined && isSerialLine(),
			timekeeper: wallClock,
		});
	},
};

/** An option that a source would pass over is a misunderstanding: it is refused. */
const refuseStrangers = (name: (typeof sourceNames)[number], options: SourceOptions): void => {
	const replays = name === 'csv' || (name === 'safecast' && options.file !== undefined);
	const strangers: readonly (readonly [string, boolean])[] = [
		['--file', options.file !== undefined && name === 'stdin'],
		['--stream', options.stream !== undefined && name !== 'stdin'],
		['--map', options.map !== undefined && name === 'stdin'],
		['--scale', options.scale !== undefined && name !== 'csv'],
		['--unit', options.unit !== undefined && name === 'safecast'],
		['--where', options.where !== undefined && name !== 'csv'],
		['--time-column', options.timeColumn !== undefined && name !== 'csv'],
		['--sensitivity', options.sensitivity !== undefined && name !== 'safecast'],
		['--times', options.times !== undefined && !replays],
		['--speed', options.speed !== undefined && !replays],
		['--every', options.every !== undefined && !replays],
		['--repeat', options.repeat === true && !replays],
	];
	const stranger = strangers.find(([, given]) => given);
	if (stranger !== undefined) {
		const without = name === 'safecast' && !replays ? ' without --file' : '';
		throw misuse(`${stranger[0]} says nothing to --source ${name}${without}`);
	}
};

const replayOf = ({ times = 'keep', speed, every, repeat = false }: SourceOptions): ReplayOptions => {
	if (times !== 'keep' && times !== 'now') throw misuse('--times is keep or now');
	if (speed !== undefined && every !== undefined) throw misuse('give --speed or --every, not both');
	return { times, pace: paceOf(speed, every), repeat };
};

const paceOf = (speed: string | undefined, every: string | undefined): Pace => {
	if (every !== undefined) return { every: parseSpan(every) };
	if (speed === 'max') return 'unpaced';
	return { speed: speed === undefined ? 1 : parseNumber(speed) };
};

/** A number, or a quotient of two: `1e-6/334` shows where a factor comes from. */
const factorOf = (text: string): number => {
	const [over = '', under = '1', ...more] = text.split('/').map((part) => part.trim());
	const factor = parseNumber(over) / parseNumber(under);
	if (more.length > 0 || !Number.isFinite(factor))
		throw misuse(`--scale takes a number or a quotient, not ${JSON.stringify(text)}`);
	return factor;
};

const figureOf = (text: string): SafecastFigure => {
	const figure = safecastFigures.find((known) => known === text);
	if (figure === undefined)
		throw misuse(`--map names ${JSON.stringify(text)}: a sentence has ${safecastFigures.join(' and ')}`);
	return figure;
};

const unitsOf = (texts: readonly string[] | undefined): Record<string, string> => {
	const units = pairsOf('--unit', texts);
	for (const unit of units.values()) {
		if (!isUnit(unit)) throw misuse(`${JSON.stringify(unit)} is no SenML unit symbol`);
	}
	return Object.fromEntries(units);
};

const pairsOf = (option: string, texts: readonly string[] = []): Map<string, string> => {
	const pairs = new Map<string, string>();
	for (const text of texts) {
		const [stream, value] = splitPair(option, text);
		checkName(stream);
		if (pairs.has(stream)) throw misuse(`${option} names ${stream} twice`);
		pairs.set(stream, value);
	}
	return pairs;
};

const splitPair = (option: string, text: string): [string, string] => {
	const at = text.indexOf('=');
	if (at < 1) throw misuse(`${option} takes NAME=VALUE, not ${JSON.stringify(text)}`);
	return [text.slice(0, at), text.slice(at + 1)];
};

const checkName = (stream: string): void => {
	if (!isName(stream))
		throw misuse(`${JSON.stringify(stream)} is no stream name: small letters, digits, dots and hyphens`);
};

/** A serial line or a terminal loses what is not taken at once; a pipe or a file waits. */
const isSerialLine = (): boolean => fstatSync(0).isCharacterDevice();

const misuse = (detail: string): Problem => new Problem('request-malformed', detail);

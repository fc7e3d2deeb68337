import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { type Instant, Problem } from '@keyward/core';
import { isName } from '@keyward/core/device/name';
import { cellsOf, type Header, headerIn, isSameHeader, mostPreamble, rowOf } from '../text/delimited.ts';
import { followFile } from './follow-file.ts';
import type { InputEnds } from './line-end.ts';
import { type Line, readLines } from './lines.ts';
import { type DecimalSign, parseFigure } from './number.ts';
import type { Timekeeper } from '../sample/timekeeper.ts';
import { checkReplay, replay, type ReplayOptions } from './replay.ts';
import type { Sample, Source } from '../sample/source.ts';
import { withoutStrayTimes } from './stray-times.ts';
import { parseTime } from './time.ts';
import type { TimeFormat } from './time-format.ts';
import type { Zone } from './zone.ts';

export interface CsvOptions {
	readonly path: string;
	/** Names of the columns that hold the time, such as one of the date and one of the hour. */
	readonly time: string | readonly string[];
	/** How it is written; as `parseTime` reads it when left out. */
	readonly timeFormat?: TimeFormat;
	/** Of times that do not say their offset from UTC; without it they are no times. */
	readonly zone?: Zone;
	/** What each stream is made of. */
	readonly streams: Readonly<Record<string, CsvStream>>;
	/** `,` for `21,5`; `.` when left out. What has the other sign as well is no number: `1.234` would be a thousand times the other. */
	readonly decimal?: DecimalSign;
	/** Rows where a column holds another text are void: `Problem('sentence-void')`. */
	readonly where?: readonly { readonly column: string; readonly is: string }[];
	readonly replay: ReplayOptions;
	/** The list grows, and another takes its place one day: its rows are read as they are written, and not before they end. */
	readonly follow?: boolean;
	readonly timekeeper: Timekeeper;
}

export interface CsvStream {
	readonly column: string;
	readonly unit?: string;
}

/**
 * Replays a CSV file (RFC 4180), or one with semicolons or tabs: the first line that has every column asked for names the columns.
 * A row is one line: a broken quote spoils its own row and no other. A cell that is no number, a time that cannot be read, a row of another length become
 * `Problem('source-malformed')`, a time that is not between its neighbours' `Problem('sentence-void')`; the good cells and rows around them are kept. Throws `Problem('source-malformed')`
 * when the file cannot be read, lacks a column, or names its columns in another way further down; a list that is followed has the new ones from there.
 */
export const csv = (options: CsvOptions): Source => {
	checkReplay(options.replay);
	for (const stream of Object.keys(options.streams)) {
		if (!isName(stream)) throw new Problem('source-malformed', `${JSON.stringify(stream)} is not a stream name`);
	}
	return {
		live: false,
		read: (signal) => replay(() => samples(options, signal), options.replay, options.timekeeper, signal),
	};
};

async function* samples(options: CsvOptions, signal: AbortSignal): AsyncIterable<Sample | Problem> {
	// What is written now waits for no row after it.
	const read =
		options.follow === true
			? followedRows(options, signal)
			: withoutStrayTimes(rows(createReadStream(options.path), 'whole', options, signal), strayIs);
	for await (const row of read) {
		if (row instanceof Problem) yield row;
		else yield* samplesOf(row, options.decimal ?? '.');
	}
}

const at = (line: number): string => `row at line ${line}`;

const strayIs = (line: number): string =>
	`${at(line)}: its time is not between those of the rows around it; a list that is not in the order of time is to be sorted`;

/** A row of a list that says when it was measured. */
interface Row {
	readonly line: number;
	readonly time: Instant;
	readonly cells: readonly string[];
	readonly layout: Layout;
}

async function* followedRows(options: CsvOptions, signal: AbortSignal): AsyncIterable<Row | Problem> {
	for await (const file of followFile(options.path, signal)) yield* rows(file, 'cut-at-end', options, signal);
}

async function* rows(
	input: Readable,
	ends: InputEnds,
	options: CsvOptions,
	signal: AbortSignal,
): AsyncIterable<Row | Problem> {
	let layout: Layout | null = null;
	let above: string[] = [];
	for await (const line of readLines(input, signal, ends)) {
		if (line instanceof Problem) {
			yield line;
			continue;
		}
		if (line.text.trim() === '') continue;
		if (layout === null) {
			layout = layoutIn(line.text, options);
			if (layout === null && above.push(line.text) > mostPreamble) break;
			// A list that grows slowly would give nothing without a word.
			if (layout === null && above.length === 1 && options.follow === true) yield lackingColumns(line.text, options);
			continue;
		}
		const again = titlesIn(line.text, layout, options);
		if (again === null) {
			yield readRow(line, layout, options);
			continue;
		}
		if (isSameHeader(again, layout.header)) continue;
		if (options.follow !== true) throw otherTitles(line, again, layout.header, options);
		layout = layoutIn(line.text, options);
		if (layout !== null) continue;
		above = [line.text];
		yield lackingColumns(line.text, options);
	}
	const isEmpty = options.follow === true && above.length === 0;
	if (layout === null && !signal.aborted && !isEmpty) throw lackingColumns(above[0], options);
}

const readRow = ({ text, number: line }: Line, layout: Layout, { timeFormat, zone }: CsvOptions): Row | Problem => {
	const wrong = (detail: string): Problem => new Problem('source-malformed', `${at(line)}: ${detail}`);
	const cells = rowOf(text, layout.header);
	if (cells === null) return wrong('a quote is opened or closed in the wrong place');
	const columns = layout.header.names.length;
	if (cells.length !== columns) return wrong(`${cells.length} cells where the header has ${columns}`);
	const unmet = layout.where.find(({ index, is }) => cells[index] !== is);
	if (unmet !== undefined) return new Problem('sentence-void', `${at(line)}: ${unmet.column} is not ${unmet.is}`);
	const written = layout.time.map((index) => cells[index] ?? '').join(' ');
	try {
		return { line, time: (timeFormat ?? parseTime)(written, zone ?? null), cells, layout };
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		const isForeign = timeFormat === undefined && error.detail.includes('is not a time such as');
		return wrong(isForeign ? `${error.detail}; name the form of the list's with --time-format` : error.detail);
	}
};

/** The positions of the columns that are used. */
interface Layout {
	readonly header: Header;
	readonly time: readonly number[];
	readonly streams: readonly (CsvStream & { readonly stream: string; readonly index: number })[];
	readonly where: readonly { readonly column: string; readonly is: string; readonly index: number }[];
}

const columnsOf = ({ time, streams, where = [] }: CsvOptions): string[] => [
	...[time].flat(),
	...[...Object.values(streams), ...where].map(({ column }) => column),
];

/** Null when the line does not name the columns. */
const layoutIn = (line: string, options: CsvOptions): Layout | null => {
	const header = headerIn(line, (names) => columnsOf(options).every((column) => names.includes(column)));
	if (header === null) return null;
	const find = (column: string): number => {
		const index = header.names.indexOf(column);
		if (index === header.names.lastIndexOf(column)) return index;
		throw new Problem('source-malformed', `${options.path} has more than one column ${JSON.stringify(column)}`);
	};
	return {
		header,
		time: [options.time].flat().map(find),
		streams: Object.entries(options.streams).map(([stream, from]) => ({ ...from, stream, index: find(from.column) })),
		where: (options.where ?? []).map((condition) => ({ ...condition, index: find(condition.column) })),
	};
};

/**
 * The titles, when a line further down names columns again: those of the time or of the streams, and has no time itself.
 * Integrity (input-refused): after `time,T,H` and then `time,H,T` a humidity would be stored, and signed, as a temperature.
 */
const titlesIn = (line: string, layout: Layout, { time, streams, timeFormat, zone }: CsvOptions): Header | null => {
	const figures = Object.values(streams).map(({ column }) => column);
	const named = [[time].flat(), figures.some((column) => /^[-+.\d]/.test(column)) ? [] : figures];
	const titles = headerIn(line, (names) =>
		named.some((columns) => columns.length > 0 && columns.every((column) => names.includes(column))),
	);
	if (titles === null) return null;
	const cells = cellsOf(line, layout.header.separator) ?? [];
	try {
		(timeFormat ?? parseTime)(layout.time.map((index) => cells[index] ?? '').join(' '), zone ?? null);
		return null;
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return titles;
	}
};

const otherTitles = ({ number }: Line, now: Header, before: Header, { path }: CsvOptions): Problem =>
	new Problem(
		'source-malformed',
		`${path} names other columns at line ${number} (${now.names.join(', ')}) than above (${before.names.join(', ')}): nothing from there on is read; split the file there`,
	);

/** Says what the first line has in their place. */
const lackingColumns = (first: string | undefined, options: CsvOptions): Problem => {
	if (first === undefined) return new Problem('source-malformed', `${options.path} is empty`);
	const names = headerIn(first, (cells) => cells.length > 1)?.names ?? cellsOf(first) ?? [];
	const lacking = columnsOf(options).find((column) => !names.includes(column)) ?? '';
	return new Problem(
		'source-malformed',
		`${options.path} has no column ${JSON.stringify(lacking)}; it has ${names.join(', ')}`,
	);
};

function* samplesOf({ line, time, cells, layout }: Row, decimal: DecimalSign): Iterable<Sample | Problem> {
	for (const { stream, index, column, unit } of layout.streams) {
		try {
			const value = parseFigure(cells[index] ?? '', decimal);
			yield { stream, time, value, ...(unit === undefined ? {} : { unit }) };
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			yield new Problem(error.code, `${at(line)}, column ${column}: ${error.detail}`);
		}
	}
}

import { createReadStream } from 'node:fs';
import { type Instant, Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import { cellsOf, type Header, headerIn, mostPreamble, rowOf } from '../text/delimited.ts';
import { type Line, readLines } from './lines.ts';
import { type DecimalSign, parseFigure } from './number.ts';
import type { Timekeeper } from '../sample/timekeeper.ts';
import { checkReplay, replay, type ReplayOptions } from './replay.ts';
import type { Sample, Source } from '../sample/source.ts';
import { withoutStrayTimes } from './stray-times.ts';
import { parseTime } from './time.ts';
import type { Zone } from './zone.ts';

export interface CsvOptions {
	readonly path: string;
	/** Name of the column that holds the time. */
	readonly time: string;
	/** Of times that do not say their offset from UTC; without it they are no times. */
	readonly zone?: Zone;
	/** What each stream is made of. */
	readonly streams: Readonly<Record<string, CsvStream>>;
	/** `,` for `21,5`; `.` when left out. What has the other sign as well is no number: `1.234` would be a thousand times the other. */
	readonly decimal?: DecimalSign;
	/** Rows where a column holds another text are void: `Problem('sentence-void')`. */
	readonly where?: readonly { readonly column: string; readonly is: string }[];
	readonly replay: ReplayOptions;
	readonly timekeeper: Timekeeper;
}

export interface CsvStream {
	readonly column: string;
	readonly unit?: string;
}

/**
 * Replays a CSV file (RFC 4180), or one with semicolons or tabs: the first line that has every column asked for names the columns.
 * A row is one line: a broken quote spoils its own row and no other. A cell that is no number, a time that is none, a row of another length become
 * `Problem('source-malformed')`, a time that is not between its neighbours' `Problem('sentence-void')`; the good cells and rows around them are kept. Throws `Problem('source-malformed')`
 * when the file cannot be read or lacks a column.
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
	for await (const row of withoutStrayTimes(rows(options, signal), strayIs)) {
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

async function* rows(options: CsvOptions, signal: AbortSignal): AsyncIterable<Row | Problem> {
	let layout: Layout | null = null;
	const above: string[] = [];
	for await (const line of readLines(createReadStream(options.path), signal)) {
		if (line instanceof Problem) {
			yield line;
			continue;
		}
		if (line.text.trim() === '') continue;
		if (layout === null) {
			layout = layoutIn(line.text, options);
			if (layout === null && above.push(line.text) > mostPreamble) break;
			continue;
		}
		yield readRow(line, layout, options.zone);
	}
	if (layout === null && !signal.aborted) throw lackingColumns(above[0], options);
}

const readRow = ({ text, number: line }: Line, layout: Layout, zone?: Zone): Row | Problem => {
	const wrong = (detail: string): Problem => new Problem('source-malformed', `${at(line)}: ${detail}`);
	const cells = rowOf(text, layout.header);
	if (cells === null) return wrong('a quote is opened or closed in the wrong place');
	const columns = layout.header.names.length;
	if (cells.length !== columns) return wrong(`${cells.length} cells where the header has ${columns}`);
	const unmet = layout.where.find(({ index, is }) => cells[index] !== is);
	if (unmet !== undefined) return new Problem('sentence-void', `${at(line)}: ${unmet.column} is not ${unmet.is}`);
	try {
		return { line, time: parseTime(cells[layout.time] ?? '', zone), cells, layout };
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return wrong(error.detail);
	}
};

/** The positions of the columns that are used. */
interface Layout {
	readonly header: Header;
	readonly time: number;
	readonly streams: readonly (CsvStream & { readonly stream: string; readonly index: number })[];
	readonly where: readonly { readonly column: string; readonly is: string; readonly index: number }[];
}

const columnsOf = ({ time, streams, where = [] }: CsvOptions): string[] => [
	time,
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
		time: find(options.time),
		streams: Object.entries(options.streams).map(([stream, from]) => ({ ...from, stream, index: find(from.column) })),
		where: (options.where ?? []).map((condition) => ({ ...condition, index: find(condition.column) })),
	};
};

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

import { createReadStream } from 'node:fs';
import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import { cellsOf, type Header, headerIn, mostPreamble, rowOf } from '../text/delimited.ts';
import { readLines } from './lines.ts';
import { parseNumber } from './number.ts';
import type { Timekeeper } from '../sample/timekeeper.ts';
import { checkReplay, replay, type ReplayOptions } from './replay.ts';
import type { Sample, Source } from '../sample/source.ts';
import { parseTime } from './time.ts';

export interface CsvOptions {
	readonly path: string;
	/** Name of the column that holds the time. */
	readonly time: string;
	/** What each stream is made of. */
	readonly streams: Readonly<Record<string, CsvStream>>;
	/** `,` for `21,5`; `.` when left out. What has the other sign as well is no number: `1.234` would be a thousand times the other. */
	readonly decimal?: '.' | ',';
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
 * `Problem('source-malformed')`; the good cells and rows around them are kept. Throws `Problem('source-malformed')`
 * when the file cannot be read or lacks a column.
 */
export const csv = (options: CsvOptions): Source => {
	checkReplay(options.replay);
	for (const stream of Object.keys(options.streams)) {
		if (!isName(stream)) throw new Problem('source-malformed', `${JSON.stringify(stream)} is not a stream name`);
	}
	return {
		live: false,
		read: (signal) => replay(() => rows(options, signal), options.replay, options.timekeeper, signal),
	};
};

async function* rows(options: CsvOptions, signal: AbortSignal): AsyncIterable<Sample | Problem> {
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
		const at = `row at line ${line.number}`;
		const cells = rowOf(line.text, layout.header);
		if (cells === null) yield new Problem('source-malformed', `${at}: a quote is opened or closed in the wrong place`);
		else yield* samplesOf(cells, layout, at, options.decimal ?? '.');
	}
	if (layout === null && !signal.aborted) throw lackingColumns(above[0], options);
}

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

function* samplesOf(
	cells: readonly string[],
	layout: Layout,
	at: string,
	decimal: '.' | ',',
): Iterable<Sample | Problem> {
	if (cells.length !== layout.header.names.length) {
		yield new Problem(
			'source-malformed',
			`${at}: ${cells.length} cells where the header has ${layout.header.names.length}`,
		);
		return;
	}
	const unmet = layout.where.find(({ index, is }) => cells[index] !== is);
	if (unmet !== undefined) {
		yield new Problem('sentence-void', `${at}: ${unmet.column} is not ${unmet.is}`);
		return;
	}
	try {
		const time = parseTime(cells[layout.time] ?? '');
		for (const { stream, index, column, unit } of layout.streams) {
			try {
				const value = parseFigure(cells[index] ?? '', decimal);
				yield { stream, time, value, ...(unit === undefined ? {} : { unit }) };
			} catch (error) {
				if (!(error instanceof Problem)) throw error;
				yield new Problem(error.code, `${at}, column ${column}: ${error.detail}`);
			}
		}
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		yield new Problem(error.code, `${at}: ${error.detail}`);
	}
}

/** Throws `Problem('source-malformed')` for `1.234` where the comma is the decimal sign, and for `21,5` where it is not said to be. */
const parseFigure = (text: string, decimal: '.' | ','): number => {
	if (decimal === '.' && /^[+-]?\d+,\d+$/.test(text)) {
		throw new Problem('source-malformed', `${text} has a comma: run with --decimal comma if it is the decimal sign`);
	}
	if (decimal === '.') return parseNumber(text);
	if (text.includes('.'))
		throw new Problem('source-malformed', `${text} has a dot, where the decimal sign is the comma`);
	return parseNumber(text.replace(',', '.'));
};

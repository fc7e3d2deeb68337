import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device';
import { readLines } from './lines.ts';
import { parseNumber } from './number.ts';
import { checkReplay, replay, type ReplayOptions, type Timekeeper } from './replay.ts';
import type { Sample, Source } from './source.ts';
import { parseTime } from './time.ts';

export interface CsvOptions {
	readonly path: string;
	/** Name of the column that holds the time. */
	readonly time: string;
	/** What each stream is made of. */
	readonly streams: Readonly<Record<string, CsvStream>>;
	/** Rows where a column holds another text are void: `Problem('sentence-void')`. */
	readonly where?: readonly { readonly column: string; readonly is: string }[];
	readonly replay: ReplayOptions;
	readonly timekeeper: Timekeeper;
}

export interface CsvStream {
	readonly column: string;
	/** The value is the cell times this. */
	readonly scale?: number;
	readonly unit?: string;
}

/**
 * Replays a CSV file (RFC 4180) whose first line names the columns. A row is one line: a broken quote spoils its own
 * row and no other. A cell that is no number, a time that is none, a row of another length become
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
	for await (const line of readLines(createReadStream(options.path), signal)) {
		if (line instanceof Problem) {
			yield line;
			continue;
		}
		if (line.text.trim() === '') continue;
		const at = `row at line ${line.number}`;
		let cells: string[];
		try {
			cells = parse(line.text, { trim: true })[0] ?? [];
		} catch {
			if (layout === null) throw new Problem('source-malformed', `the first line of ${options.path} names no columns`);
			yield new Problem('source-malformed', `${at}: a quote is opened or closed in the wrong place`);
			continue;
		}
		if (layout === null) layout = findColumns(cells, options);
		else yield* samplesOf(cells, layout, at);
	}
	if (layout === null && !signal.aborted) throw new Problem('source-malformed', `${options.path} is empty`);
}

/** The positions of the columns that are used. */
interface Layout {
	readonly width: number;
	readonly time: number;
	readonly streams: readonly (CsvStream & { readonly stream: string; readonly index: number })[];
	readonly where: readonly { readonly column: string; readonly is: string; readonly index: number }[];
}

const findColumns = (names: readonly string[], { path, time, streams, where }: CsvOptions): Layout => {
	const find = (column: string): number => {
		const index = names.indexOf(column);
		if (index >= 0 && index === names.lastIndexOf(column)) return index;
		const many = index >= 0 ? 'more than one column' : 'no column';
		throw new Problem('source-malformed', `${path} has ${many} ${JSON.stringify(column)}; it has ${names.join(', ')}`);
	};
	return {
		width: names.length,
		time: find(time),
		streams: Object.entries(streams).map(([stream, from]) => ({ ...from, stream, index: find(from.column) })),
		where: (where ?? []).map((condition) => ({ ...condition, index: find(condition.column) })),
	};
};

function* samplesOf(cells: readonly string[], layout: Layout, at: string): Iterable<Sample | Problem> {
	if (cells.length !== layout.width) {
		yield new Problem('source-malformed', `${at}: ${cells.length} cells where the first line has ${layout.width}`);
		return;
	}
	const unmet = layout.where.find(({ index, is }) => cells[index] !== is);
	if (unmet !== undefined) {
		yield new Problem('sentence-void', `${at}: ${unmet.column} is not ${unmet.is}`);
		return;
	}
	try {
		const time = parseTime(cells[layout.time] ?? '');
		for (const { stream, index, column, scale, unit } of layout.streams) {
			try {
				const value = parseNumber(cells[index] ?? '') * (scale ?? 1);
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

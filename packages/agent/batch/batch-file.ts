import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Bytes, Problem } from '@keyward/core';
import { didYouMean } from '@keyward/core/spelling';
import { cellsOf, type Header, headerIn, mostPreamble, rowOf } from '../text/delimited.ts';
import { type Cells, readRow, type BatchRow, batchColumns } from './batch-row.ts';

/** Larger than any batch: anyone who names another file by mistake is told so, not kept waiting. */
const LARGEST: Bytes = 8 * 1024 * 1024;
const MOST_ROWS = 10_000;
/** So many faults are told one by one. */
const MOST_TOLD = 50;

/**
 * Reads a batch: CSV (RFC 4180), or the same with semicolons or tabs, with a header row that names columns of {@link batchColumns},
 * `device` among them, in any order; one device a row, and no line break within a cell. What stands above the header is passed over.
 * Paths in it start from its folder; a device whose folder is not named gets one of its name in `homes`. `note` is told of names
 * that were written otherwise. Throws `Problem('batch-malformed')` with all that is wrong with it, a line each, and
 * `Problem('file-unreadable')`.
 */
export const readBatch = async (
	file: string,
	homes: string,
	note: (sentence: string) => void = () => {},
): Promise<BatchRow[]> => {
	const faults: string[] = [];
	const fault = (line: number, what: string): void => void faults.push(`${file}:${line} ${what}`);
	const places = { base: dirname(resolve(file)), homes: resolve(homes) };
	const rows = readRows(await readText(file), places, fault, (sentence) => note(`${file}: ${sentence}`));
	for (const { line, device, written } of rows) {
		if (written !== device) note(`${file}:${line} ${written} is called ${device} here.`);
	}
	refuseTwice(rows, fault);
	if (rows.length === 0 && faults.length === 0) fault(1, 'there is no device: write one a row, below the header row');
	if (faults.length === 0) return rows;
	const more = faults.length - MOST_TOLD;
	const told = [...faults.slice(0, MOST_TOLD), ...(more > 0 ? [`and ${more} faults more`] : [])];
	throw new Problem('batch-malformed', told.join('\n'));
};

type Fault = (line: number, what: string) => void;

const readText = async (file: string): Promise<string> => {
	const unreadable = (why: string, cause?: unknown): Problem =>
		new Problem('file-unreadable', `${file} cannot be read: ${why}`, { cause });
	const failed = (error: unknown): never => {
		const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
		const why = code === 'ENOENT' ? 'it is not there, check the path.' : `${code}, check the path and its rights.`;
		throw unreadable(why, error);
	};
	const found = await stat(file).catch(failed);
	if (!found.isFile()) throw unreadable('name a CSV file.');
	if (found.size > LARGEST) throw unreadable(`it has more than ${LARGEST / 1024 / 1024} MiB, which no batch has.`);
	const bytes = await readFile(file).catch(failed);
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch (cause) {
		throw unreadable('it is not UTF-8; save it as "CSV UTF-8".', cause);
	}
};

const readRows = (
	text: string,
	places: { readonly base: string; readonly homes: string },
	fault: Fault,
	note: (sentence: string) => void,
): BatchRow[] => {
	const rows: BatchRow[] = [];
	const lines = text.split(/\r\n|\r|\n/);
	const found = findHeader(lines, fault);
	if (found === null) return rows;
	const { at, header, columns } = found;
	// Nobody is to believe that a device above the header was expected.
	if (lines.slice(0, at).some((line) => !/^(?:\uFEFF?sep=.)?\s*$/.test(line))) {
		note(`the header row is line ${at + 1}; what stands above it is passed over.`);
	}
	for (const [index, line] of lines.entries()) {
		const number = index + 1;
		if (index <= at || line.trim() === '') continue;
		const cells = rowOf(line, header);
		if (cells === null) {
			fault(number, 'a quote is opened or closed in the wrong place');
		} else if (cells.length !== columns.length) {
			fault(number, `has ${cells.length} cells where the header row has ${columns.length}`);
		} else if (rows.length === MOST_ROWS) {
			fault(number, `a batch has at most ${MOST_ROWS} devices: make two of it`);
			return rows;
		} else {
			const named: Cells = new Map(columns.map((column, position) => [column, cells[position] ?? '']));
			const row = readRow(named, number, places, (what) => fault(number, what));
			if (row !== null) rows.push(row);
		}
	}
	return rows;
};

interface FoundHeader {
	readonly at: number;
	readonly header: Header;
	/** In small letters. */
	readonly columns: readonly string[];
}

/** The first line with a column `device`. Null, and faults, when there is none, or it has other columns than a batch. */
const findHeader = (lines: readonly string[], fault: Fault): FoundHeader | null => {
	const small = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());
	for (const [at, line] of lines.slice(0, mostPreamble).entries()) {
		const header = headerIn(line, (names) => small(names).includes('device'));
		if (header === null) continue;
		const columns = small(header.names);
		return isGood(columns, at + 1, fault) ? { at, header, columns } : null;
	}
	const first = lines.findIndex((line) => line.trim() !== '');
	if (first < 0) return null;
	const cells = cellsOf(lines[first] ?? '');
	if (cells === null) fault(first + 1, 'a quote is opened or closed in the wrong place');
	else isGood(small(cells), first + 1, fault);
	return null;
};

/** False, and faults, for columns that are no batch's. */
const isGood = (columns: readonly string[], line: number, fault: Fault): boolean => {
	const strange = columns.filter((column) => !batchColumns.includes(column));
	for (const column of strange) {
		const known = didYouMean(column, batchColumns) || `; the columns are ${batchColumns.join(', ')}`;
		fault(line, `there is no column ${JSON.stringify(column)}${known}`);
	}
	const twice = columns.filter((column, at) => columns.indexOf(column) !== at);
	for (const column of new Set(twice)) fault(line, `the column ${JSON.stringify(column)} is there twice`);
	if (!columns.includes('device') && strange.length === 0)
		fault(line, 'the header row lacks the column device, the name of each device');
	return strange.length === 0 && twice.length === 0 && columns.includes('device');
};

/** One name, one part, one TPM, one home: a second device of the same would be a clone, or undo the first. */
const refuseTwice = (rows: readonly BatchRow[], fault: Fault): void => {
	const seen = new Map<string, number>();
	for (const row of rows) {
		for (const [what, value] of singular(row)) {
			const key = `${what} ${value}`;
			const first = seen.get(key);
			if (first === undefined) seen.set(key, row.line);
			else fault(row.line, `${key} is on line ${first} too`);
		}
	}
};

const singular = ({ device, part, folder, hardware }: BatchRow): (readonly [string, string])[] => [
	['the device', device],
	['the folder', folder],
	...(part === null ? [] : [['the part', part] as const]),
	...(hardware?.custody === 'tpm2' ? [['the TPM', hardware.tcti] as const] : []),
];

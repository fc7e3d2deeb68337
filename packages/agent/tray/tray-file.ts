import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type Bytes, Problem } from '@keyward/core';
import { didYouMean } from '@keyward/core/policy';
import { type Cells, readRow, type TrayRow, trayColumns } from './tray-row.ts';

/** Larger than any tray: whoever names another file by mistake is told so, not kept waiting. */
const LARGEST: Bytes = 8 * 1024 * 1024;
const MOST_ROWS = 10_000;
/** So many faults are told one by one. */
const MOST_TOLD = 50;

/**
 * Reads a tray: CSV (RFC 4180) with a header row that names columns of {@link trayColumns}, `device` among them, in any order;
 * one device a row, and no line break within a cell. Paths in it start from its folder; a device whose folder is not named gets
 * one of its name in `homes`. Throws `Problem('tray-malformed')` with all that is wrong with it, a line each, and
 * `Problem('file-unreadable')`.
 */
export const readTray = async (file: string, homes: string): Promise<TrayRow[]> => {
	const faults: string[] = [];
	const fault = (line: number, what: string): void => void faults.push(`${file}:${line} ${what}`);
	const rows = readRows(await readText(file), { base: dirname(resolve(file)), homes: resolve(homes) }, fault);
	refuseTwice(rows, fault);
	if (rows.length === 0 && faults.length === 0) fault(1, 'there is no device: write one a row, below the header row');
	if (faults.length === 0) return rows;
	const more = faults.length - MOST_TOLD;
	const told = [...faults.slice(0, MOST_TOLD), ...(more > 0 ? [`and ${more} faults more`] : [])];
	throw new Problem('tray-malformed', told.join('\n'));
};

type Fault = (line: number, what: string) => void;

const readText = async (file: string): Promise<string> => {
	const unreadable = (why: string, cause?: unknown): Problem =>
		new Problem('file-unreadable', `${file} cannot be read: ${why}`, { cause });
	const found = await stat(file).catch((error: unknown) => {
		throw unreadable(error instanceof Error && 'code' in error ? String(error.code) : 'unknown error', error);
	});
	if (!found.isFile()) throw unreadable('name a CSV file.');
	if (found.size > LARGEST) throw unreadable(`it has more than ${LARGEST / 1024 / 1024} MiB, which no tray has.`);
	const bytes = await readFile(file).catch((error: unknown) => {
		throw unreadable(error instanceof Error && 'code' in error ? String(error.code) : 'unknown error', error);
	});
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch (cause) {
		throw unreadable('it is not UTF-8; save it as "CSV UTF-8".', cause);
	}
};

const readRows = (text: string, places: { readonly base: string; readonly homes: string }, fault: Fault): TrayRow[] => {
	const rows: TrayRow[] = [];
	let columns: readonly string[] | null = null;
	for (const [index, line] of text.split(/\r?\n/).entries()) {
		const number = index + 1;
		if (line.trim() === '') continue;
		const cells = cellsOf(line);
		if (cells === null) {
			fault(number, 'a quote is opened or closed in the wrong place');
			if (columns === null) return rows;
		} else if (columns === null) {
			columns = readHeader(cells, number, fault);
			// What the cells mean is not known then.
			if (columns === null) return rows;
		} else if (cells.length !== columns.length) {
			fault(number, `has ${cells.length} cells where the header row has ${columns.length}`);
		} else if (rows.length === MOST_ROWS) {
			fault(number, `a tray has at most ${MOST_ROWS} devices: make two of it`);
			return rows;
		} else {
			const named: Cells = new Map(columns.map((column, at) => [column, cells[at] ?? '']));
			const row = readRow(named, number, places, (what) => fault(number, what));
			if (row !== null) rows.push(row);
		}
	}
	return rows;
};

/** Null for a broken quote. A row is one line, so that such a quote spoils no other. */
const cellsOf = (line: string): string[] | null => {
	try {
		return parse(line, { trim: true })[0] ?? [];
	} catch {
		return null;
	}
};

/** Null, and faults, when it names no columns, or others than a tray has. */
const readHeader = (cells: readonly string[], line: number, fault: Fault): readonly string[] | null => {
	const [only = ''] = cells;
	if (cells.length === 1 && only.includes(';')) {
		fault(line, 'the columns are parted by semicolons: save it with commas');
		return null;
	}
	const strange = cells.filter((cell) => !trayColumns.includes(cell));
	for (const cell of strange) {
		const known = didYouMean(cell, trayColumns) || `; the columns are ${trayColumns.join(', ')}`;
		fault(line, `there is no column ${JSON.stringify(cell)}${known}`);
	}
	const twice = cells.filter((cell, at) => cells.indexOf(cell) !== at);
	for (const cell of new Set(twice)) fault(line, `the column ${JSON.stringify(cell)} is there twice`);
	if (!cells.includes('device') && strange.length === 0)
		fault(line, 'the header row lacks the column device, the name of each device');
	return strange.length === 0 && twice.length === 0 && cells.includes('device') ? cells : null;
};

/** One name, one part, one TPM, one home: a second device of the same would be a clone, or undo the first. */
const refuseTwice = (rows: readonly TrayRow[], fault: Fault): void => {
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

const singular = ({ device, part, folder, hardware }: TrayRow): (readonly [string, string])[] => [
	['the device', device],
	['the folder', folder],
	...(part === null ? [] : [['the part', part] as const]),
	...(hardware?.custody === 'tpm2' ? [['the TPM', hardware.tcti] as const] : []),
];

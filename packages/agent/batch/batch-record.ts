import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { Problem } from '@keyward/core';
import { isName } from '@keyward/core/device/name';
import { writeDurably } from '@keyward/custody';
import { outcomeFields, outcomeStates, type BatchOutcome, waiting } from './batch-outcome.ts';
import type { BatchRow } from './batch-row.ts';

/** The result file of a batch: where every device stands, kept through interruptions. */
export interface BatchRecord extends Disposable {
	/** As an earlier run left it, or as it was put last. */
	of(device: string): BatchOutcome | undefined;
	/** In the order of the batch; devices of an earlier run that are in it no more come last. */
	all(): readonly BatchOutcome[];
	/** Resolves when it is on the disk. */
	put(outcome: BatchOutcome): Promise<void>;
}

/** `box.csv` has `box-result.csv` beside it. */
export const usualRecordOf = (batchFile: string): string =>
	join(dirname(batchFile), `${basename(batchFile, extname(batchFile))}-result.csv`);

/**
 * Opens the result file, or makes it: JSON where its name ends so, else CSV. Throws `Problem('batch-malformed')` for another
 * kind of file, `file-unreadable` where it cannot be written, and `store-in-use` while another run has it open.
 */
export const openBatchRecord = async (file: string, rows: readonly BatchRow[]): Promise<BatchRecord> => {
	const path = resolve(file);
	const format = extname(path) === '.json' ? json : csv;
	const lock = await lockRecord(path);
	try {
		const outcomes = new Map(rows.map((row) => [row.device, waiting(row)]));
		for (const outcome of await readOutcomes(path, format)) outcomes.set(outcome.device, outcome);
		const all = (): BatchOutcome[] => [...outcomes.values()];
		let next: Promise<void> | null = null;
		let current: Promise<unknown> = Promise.resolve();
		return {
			of: (device) => outcomes.get(device),
			all,
			put: (outcome) => {
				outcomes.set(outcome.device, outcome);
				// Devices that end while the file is being written share the next write.
				next ??= current.then(async () => {
					next = null;
					current = writeDurably(path, format.write(all()), 'replace', 0o644);
					await current;
				});
				return next;
			},
			[Symbol.dispose]: () => lock.close(),
		};
	} catch (error) {
		lock.close();
		throw error;
	}
};

/** Two runs on one result file would each write it without the other's devices. */
const lockRecord = async (path: string): Promise<{ close(): void }> => {
	// The store's code is loaded for a batch alone, not for every device that runs.
	const { lockFile } = await import('@keyward/store');
	try {
		return lockFile(join(dirname(path), `.${basename(path)}.lock`));
	} catch (cause) {
		if (cause instanceof Problem && cause.code === 'store-failed')
			throw new Problem(
				'file-unreadable',
				`The result file ${path} cannot be made or written: look whether its folder has room and this account may write there, or name another file (--result).`,
				{ cause },
			);
		if (!(cause instanceof Problem) || cause.code !== 'store-in-use') throw cause;
		throw new Problem('store-in-use', `Another run is at work on ${path}: wait for it, or name another result file.`, {
			cause,
		});
	}
};

interface Format {
	write(outcomes: readonly BatchOutcome[]): string;
	/** Throws what it likes for a text of another kind. */
	read(text: string): readonly unknown[];
}

const json: Format = {
	write: (outcomes) => `${JSON.stringify(outcomes, null, '\t')}\n`,
	read: (text) => {
		const value: unknown = JSON.parse(text);
		return Array.isArray(value) ? (value as unknown[]) : [null];
	},
};

const csv: Format = {
	write: (outcomes) =>
		`${[outcomeFields, ...outcomes.map((outcome) => outcomeFields.map((field) => cell(outcome[field])))]
			.map((cells) => cells.join(','))
			.join('\n')}\n`,
	read: (text) => {
		const [header = [], ...rows] = parse(text, { bom: true, skip_empty_lines: true });
		if (header.join() !== outcomeFields.join()) return [null];
		return rows.map((cells) =>
			Object.fromEntries(outcomeFields.map((field, at) => [field, cells[at] === '' ? null : cells[at]])),
		);
	},
};

/** RFC 4180. A sentence of a site's must not become a formula where the file is opened as a spreadsheet. */
const cell = (value: string | null): string => {
	const text = (value ?? '').replace(/^[=+\-@\t\r]/, "'$&");
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const readOutcomes = async (path: string, format: Format): Promise<readonly BatchOutcome[]> => {
	const text = await readFile(path, 'utf8').catch((error: unknown) => {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	});
	if (text === null) return [];
	try {
		const found = format.read(text);
		if (found.every(isOutcome)) return found;
	} catch {
		// Said below.
	}
	throw new Problem(
		'batch-malformed',
		`${path} is not the result of a batch: name another result file, or move this one out of the way.`,
	);
};

const isOutcome = (value: unknown): value is BatchOutcome => {
	if (typeof value !== 'object' || value === null) return false;
	const fields = value as Readonly<Record<string, unknown>>;
	const { device, state, custody, folder } = fields;
	return (
		outcomeFields.every((field) => fields[field] === null || typeof fields[field] === 'string') &&
		typeof device === 'string' &&
		isName(device) &&
		outcomeStates.some((known) => known === state) &&
		typeof custody === 'string' &&
		typeof folder === 'string'
	);
};

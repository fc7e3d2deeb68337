import type { SQLOutputValue } from 'node:sqlite';
import { Problem } from '@keyward/core';

/** A row as node:sqlite gives it. The functions below take a column out as the type it must have. */
export type Columns = Record<string, SQLOutputValue>;

const wrong = (name: string): Problem =>
	new Problem('store-failed', `The store has a value in column ${name} that does not belong there.`);

export const number = (row: Columns, name: string): number => {
	const value = row[name];
	if (typeof value !== 'number') throw wrong(name);
	return value;
};

export const text = (row: Columns, name: string): string => {
	const value = row[name];
	if (typeof value !== 'string') throw wrong(name);
	return value;
};

export const bytes = (row: Columns, name: string): Uint8Array => {
	const value = row[name];
	if (!(value instanceof Uint8Array)) throw wrong(name);
	return value;
};

export const orNull = <T>(take: (row: Columns, name: string) => T, row: Columns, name: string): T | null =>
	row[name] === null ? null : take(row, name);

export const oneOf = <T extends string>(row: Columns, name: string, values: readonly T[]): T => {
	const value = values.find((each) => each === row[name]);
	if (value === undefined) throw wrong(name);
	return value;
};

/** The one row of a table that always has it. */
export const only = (row: Columns | undefined, table: string): Columns => {
	if (row !== undefined) return row;
	throw new Problem('store-failed', `The store has lost the row of its table ${table}. Restore a backup.`);
};

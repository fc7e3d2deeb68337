import type { SQLOutputValue } from 'node:sqlite';
import { type ErrorCode, errorCodes } from '@keyward/core';
import type { Sample } from '../sample/source.ts';
import type { OutboxCipher } from './outbox-cipher.ts';

/** A reading that waits to be delivered. */
export interface Waiting extends Sample {
	/** Position in the outbox: readings are delivered in rising order. */
	readonly id: number;
	/** True when the time is as near as could be told, and may be wrong. */
	readonly doubted?: true;
	/** An item of a sealed stream, to be sent as it is; `value` says nothing then, nor `time` of an epoch or checkpoint. */
	readonly sealed?: Uint8Array;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

/** What stands in plain. */
export const placeOf = (row: Row): Pick<Waiting, 'id' | 'stream' | 'time'> => ({
	...{ id: numberOf(row['id']), stream: String(row['stream']), time: numberOf(row['time']) },
});

/** Null for one that is locked (`OutboxCipher`). */
export const readingOf = (row: Row, cipher: OutboxCipher): Waiting | null => {
	const { id, ...place } = placeOf(row);
	const kept = cipher.read(String(row['value']), String(row['unit']), place);
	if (kept === null) return null;
	return {
		id,
		...place,
		...kept,
		...(row['doubted'] === 1 && { doubted: true }),
		...(row['sealed'] instanceof Uint8Array && { sealed: row['sealed'] }),
	};
};

/** What is known of them up to the first that is not: readings keep their order. */
export const untilLocked = <Known>(rows: readonly Row[], read: (row: Row) => Known | null): Known[] => {
	const known: Known[] = [];
	for (const row of rows) {
		const one = read(row);
		if (one === null) break;
		known.push(one);
	}
	return known;
};

export const numberOf = (value: SQLOutputValue | undefined): number => Number(value ?? 0);

export const codeOf = (value: SQLOutputValue | undefined): ErrorCode =>
	errorCodes.find((code) => code === value) ?? 'reading-value';

import type { SQLOutputValue } from 'node:sqlite';
import { type ErrorCode, errorCodes } from '@keyward/core';
import type { Sample } from '../sample/source.ts';

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

export const readingOf = (row: Row): Waiting => {
	const unit = String(row['unit']);
	return {
		id: numberOf(row['id']),
		stream: String(row['stream']),
		time: numberOf(row['time']),
		value: JSON.parse(String(row['value'])) as number | string | boolean,
		...(unit === '' ? {} : { unit }),
		...(row['doubted'] === 1 && { doubted: true }),
		...(row['sealed'] instanceof Uint8Array && { sealed: row['sealed'] }),
	};
};

export const numberOf = (value: SQLOutputValue | undefined): number => Number(value ?? 0);

export const codeOf = (value: SQLOutputValue | undefined): ErrorCode =>
	errorCodes.find((code) => code === value) ?? 'reading-value';

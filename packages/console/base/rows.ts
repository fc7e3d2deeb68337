import type { ShownDoubt } from '@keyward/core/observe';
import { type Answer, call } from './api.ts';

/** What a place of a stream holds: a reading, by who vouches for it, or what readers check readings with. */
export type RowState = 'signed' | 'opened' | 'unsigned' | 'open' | 'sealed' | 'epoch' | 'checkpoint';

/** `stale`: sealed under a roster that had expired. */
export type Doubt = ShownDoubt | 'stale';

export interface StreamRow {
	/** As the API writes it. */
	readonly cursor: string;
	readonly position: number;
	readonly time: number;
	readonly state: RowState;
	/** Null where this page may not know it. */
	readonly value: number | string | boolean | null;
	readonly unit: string;
	readonly doubt: readonly Doubt[];
}

/** Rows after a place, and what an opener on the reader's own machine says of earlier ones. */
export interface RowPage {
	readonly rows: readonly StreamRow[];
	readonly next: string;
	/** Readings given before, by their times, that their device has signed now. */
	readonly nowSigned: readonly { readonly from: number; readonly to: number }[];
	readonly findings: readonly string[];
}

export interface StreamId {
	readonly application: string;
	readonly device: string;
	readonly stream: string;
}

/** Rows of one answer. */
export const MOST = 1000;

export const positionOf = (cursor: string): number => Number(cursor.slice(cursor.lastIndexOf('-') + 1));

/** The place this many rows before. */
export const placeBefore = (cursor: string, rows: number): string => {
	const at = cursor.lastIndexOf('-') + 1;
	return `${cursor.slice(0, at)}${Math.max(0, positionOf(cursor) - rows)}`;
};

/** `keyward console` serves this page on the reader's machine, and adds what its opener found. */
type Opened = Answer<'readings.read'> & {
	readonly nowSigned?: readonly { readonly from: number; readonly to: number }[];
	readonly findings?: readonly { readonly code: string; readonly detail: string }[];
};

const proofOf = (row: object): RowState =>
	'proof' in row && (row.proof === 'signed' || row.proof === 'opened' || row.proof === 'unsigned') ? row.proof : 'open';

const read = async (stream: StreamId, after: string, background: boolean): Promise<RowPage> => {
	const answer: Opened = await call('readings.read', { ...stream, after, limit: MOST }, background);
	const rows = answer.readings.map((row): StreamRow => {
		const place = { cursor: row.cursor, position: positionOf(row.cursor), time: row.time, doubt: row.doubt ?? [] };
		if ('sealed' in row) return { ...place, state: 'sealed', value: null, unit: '' };
		const stale = 'stale' in row && row.stale === true ? (['stale'] as const) : [];
		return {
			...place,
			doubt: [...place.doubt, ...stale],
			state: proofOf(row),
			value: row.value,
			unit: row.unit,
		};
	});
	const findings = (answer.findings ?? []).map(({ code, detail }) => `${detail} [${code}]`);
	return { rows, next: answer.next, nowSigned: answer.nowSigned ?? [], findings };
};

const arrivals = async (stream: StreamId, after: string, background: boolean): Promise<RowPage> => {
	const answer = await call('streams.arrivals', { ...stream, after, limit: MOST }, background);
	const rows = answer.arrivals.map(({ cursor, time, is, tainted }): StreamRow => ({
		...{ cursor, position: positionOf(cursor), time, state: is, value: null, unit: '' },
		doubt: tainted === true ? ['tainted'] : [],
	}));
	return { rows, next: answer.next, nowSigned: [], findings: [] };
};

/** What the role of this page may see: readings, or that they come. */
export const loaderOf = (reads: boolean) => (reads ? read : arrivals);

import { useEffect, useState } from 'preact/hooks';
import { loaderOf, MOST, placeBefore, positionOf, type StreamId, type StreamRow } from './rows.ts';
import { merged } from './spans.ts';

/** Rows that a page holds: a day of a reading every five seconds. */
export const MOST_ROWS = 20_000;
const PACE = 2000;

export interface Rows {
	readonly rows: readonly StreamRow[];
	readonly findings: readonly string[];
	readonly error: Error | null;
	/** Null before the first answer. */
	readonly first: number | null;
	readonly earlier: () => Promise<void>;
}

/** The rows of a stream as they come, from some before `end` on. */
export const useRows = (stream: StreamId, end: string | null, reads: boolean): Rows => {
	const [state, setState] = useState<Omit<Rows, 'earlier'>>({ rows: [], findings: [], error: null, first: null });
	const load = loaderOf(reads);
	const key = `${stream.application}/${stream.device}/${stream.stream} ${end === null} ${reads}`;
	useEffect(() => {
		if (end === null) return undefined;
		let over = false;
		let timer: ReturnType<typeof setTimeout> | undefined;
		let next = placeBefore(end, MOST);
		setState({ rows: [], findings: [], error: null, first: positionOf(next) });
		const run = async (background: boolean): Promise<void> => {
			let wait = PACE;
			try {
				if (!background || !document.hidden) {
					const page = await load(stream, next, background);
					if (over) return;
					if (page.rows.length > 0) wait = page.rows.length < MOST ? PACE : 0;
					({ next } = page);
					const isNow = (time: number): boolean => page.nowSigned.some(({ from, to }) => time >= from && time <= to);
					setState((before) => ({
						...before,
						rows: merged(
							page.nowSigned.length === 0
								? before.rows
								: before.rows.map((row) => (row.value !== null && isNow(row.time) ? { ...row, state: 'signed' } : row)),
							page.rows,
							MOST_ROWS,
						),
						findings: [...new Set([...before.findings, ...page.findings])].slice(-20),
						error: null,
					}));
				}
			} catch (error) {
				if (over) return;
				setState((before) => ({ ...before, error: error instanceof Error ? error : new Error(String(error)) }));
			}
			if (!over) timer = setTimeout(() => void run(true), wait);
		};
		void run(false);
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [key]);
	const earlier = async (): Promise<void> => {
		const [oldest] = state.rows;
		if (oldest === undefined) return;
		const from = placeBefore(oldest.cursor, MOST + 1);
		try {
			const page = await load(stream, from, false);
			setState((before) => ({
				...before,
				rows: merged(before.rows, page.rows, MOST_ROWS),
				first: Math.min(before.first ?? 0, positionOf(from)),
			}));
		} catch (error) {
			setState((before) => ({ ...before, error: error instanceof Error ? error : new Error(String(error)) }));
		}
	};
	return { ...state, earlier };
};

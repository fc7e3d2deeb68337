import { useEffect, useRef, useState } from 'preact/hooks';
import { lostSince } from './api.ts';

/** Soon: it is seen when the site is back, or the page is looked at again. */
const RETRY = 2000;

const SHARE = 20;
const LONGEST = 60_000;

/** What a page shows of the site: the last answer stays when a later one does not come. */
export interface Loaded<Value> {
	readonly value: Value | null;
	readonly error: Error | null;
	readonly again: () => Promise<void>;
}

/** What the page shows now, each with how it is asked again. */
const shown = new Set<() => Promise<unknown>>();

/** After an answer was lost: resolves when all that is shown was asked again and the site answered, or `isOver`. */
export const lookAgain = async (isOver: () => boolean): Promise<void> => {
	while (!isOver()) {
		await Promise.all(Array.from(shown, (ask) => ask()));
		if (lostSince.value === null || shown.size === 0) return;
		await new Promise((resolve) => setTimeout(resolve, RETRY));
	}
};

/** Asks now, and again every so often while the page is looked at. `key` says what is asked: another one begins again. */
export const useLoad = <Value>(
	key: string,
	load: (background: boolean) => Promise<Value>,
	every: number | ((value: Value) => number | null),
): Loaded<Value> => {
	const [state, setState] = useState<{ key: string; value: Value | null; error: Error | null }>({
		...{ key, value: null, error: null },
	});
	const current = useRef(key);
	current.current = key;
	const latest = useRef(load);
	latest.current = load;
	/** How long until it is asked again; null: not by itself. */
	const once = async (background: boolean): Promise<number | null> => {
		try {
			const value = await latest.current(background);
			if (current.current === key) setState({ key, value, error: null });
			return typeof every === 'number' ? every : every(value);
		} catch (error) {
			if (current.current !== key) return null;
			const known = error instanceof Error ? error : new Error(String(error));
			setState((before) => ({ key, value: before.key === key ? before.value : null, error: known }));
			return RETRY;
		}
	};
	useEffect(() => {
		let over = false;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const ask = () => once(false);
		shown.add(ask);
		const run = async (background: boolean): Promise<void> => {
			const began = performance.now();
			const next = background && document.hidden ? RETRY : await once(background);
			// What takes the site long is asked seldom: never more than a twentieth of its time.
			const wait = Math.max(next ?? 0, Math.min(LONGEST, SHARE * (performance.now() - began)));
			if (!over && next !== null) timer = setTimeout(() => void run(true), wait);
		};
		void run(false);
		return () => {
			over = true;
			shown.delete(ask);
			clearTimeout(timer);
		};
	}, [key]);
	const own = state.key === key ? state : { value: null, error: null };
	return { value: own.value, error: own.error, again: async () => void (await once(false)) };
};

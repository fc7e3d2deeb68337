import { useEffect, useRef, useState } from 'preact/hooks';
import { lostSince } from './api.ts';

/** What a page shows of the site: the last answer stays when a later one does not come. */
export interface Loaded<Value> {
	readonly value: Value | null;
	readonly error: Error | null;
	readonly again: () => Promise<void>;
}

/** Asks now, and again every so often while the page is looked at. `key` says what is asked: another one begins again. */
export const useLoad = <Value>(
	key: string,
	load: (background: boolean) => Promise<Value>,
	every: number | null,
): Loaded<Value> => {
	const [state, setState] = useState<{ key: string; value: Value | null; error: Error | null }>({
		...{ key, value: null, error: null },
	});
	const current = useRef(key);
	current.current = key;
	const latest = useRef(load);
	latest.current = load;
	const once = async (background: boolean): Promise<void> => {
		try {
			const value = await latest.current(background);
			if (current.current === key) setState({ key, value, error: null });
		} catch (error) {
			if (current.current !== key) return;
			const known = error instanceof Error ? error : new Error(String(error));
			setState((before) => ({ key, value: before.key === key ? before.value : null, error: known }));
		}
	};
	useEffect(() => {
		let over = false;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const run = async (background: boolean): Promise<void> => {
			if (!(background && document.hidden)) await once(background);
			// Sooner where the site was lost: it is seen when it is back.
			if (!over && every !== null) timer = setTimeout(() => void run(true), lostSince.value === null ? every : 2000);
		};
		void run(false);
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [key]);
	const own = state.key === key ? state : { value: null, error: null };
	return { value: own.value, error: own.error, again: async () => once(false) };
};

import { type Milliseconds, minutes } from '@keyward/core';

const WINDOW: Milliseconds = minutes(1);
/** Lines of one name in a window. */
const FEW = 3;
/** Names that are remembered; beyond, the longest quiet is forgotten. */
const MOST = 10_000;

/** CR 7.2: whether one more line about this name is written. A peer may cause it without end; its counter has the rest. */
export const createFewLines = (now: () => number): ((name: string) => boolean) => {
	const written = new Map<string, { readonly since: number; lines: number }>();
	return (name) => {
		const at = now();
		const known = written.get(name);
		const one = known === undefined || at - known.since >= WINDOW || at < known.since ? { since: at, lines: 0 } : known;
		one.lines++;
		written.delete(name);
		written.set(name, one);
		const [oldest] = written.keys();
		if (written.size > MOST && oldest !== undefined) written.delete(oldest);
		return one.lines <= FEW;
	};
};

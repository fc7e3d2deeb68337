/** Networks of which something is remembered: the last ones. */
export interface KnownNetworks {
	has(name: string): boolean;
	/** `by` whom it is known: of each only the last few are remembered that nobody made known before. */
	add(name: string, by?: string): void;
	forget(name: string): void;
}

/** As many as are remembered: a name is some forty bytes. */
const most = 16_384;
/** A device that moves about is known where it was last; and one copied key does not make a thousand networks known. */
const mostOfOne = 16;

export const createKnownNetworks = (): KnownNetworks => {
	const names = new Map<string, string>();
	const byWhom = new Map<string, Set<string>>();

	const forget = (name: string): void => {
		const by = names.get(name);
		if (by === undefined) return;
		names.delete(name);
		const theirs = byWhom.get(by);
		theirs?.delete(name);
		if (theirs?.size === 0) byWhom.delete(by);
	};

	return {
		has: (name) => names.has(name),
		forget,
		add: (name, by = name) => {
			const first = names.get(name) ?? by;
			names.delete(name);
			names.set(name, first);
			const theirs = byWhom.get(first) ?? new Set();
			byWhom.set(first, theirs);
			theirs.delete(name);
			theirs.add(name);
			const [oldestOfOne] = theirs;
			if (theirs.size > mostOfOne && oldestOfOne !== undefined) forget(oldestOfOne);
			const [oldest] = names.keys();
			if (names.size > most && oldest !== undefined) forget(oldest);
		},
	};
};

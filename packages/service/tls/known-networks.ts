/** Networks of which something is remembered: the last ones. */
export interface KnownNetworks {
	has(name: string): boolean;
	/** `by` whom it is known: of each only the last few are remembered that nobody made known before. */
	add(name: string, by?: string): void;
	forget(name: string): void;
	/** Forgets what is known by that one alone. */
	forgetBy(by: string): void;
	/** Each network, and who came from there last; those first that would be forgotten first. */
	entries(): Iterable<readonly [name: string, by: string]>;
}

/** As many as are remembered: a name is some forty bytes. */
const most = 16_384;
/** A device that moves about is known where it was last; and one copied key does not make a thousand networks known. */
const mostOfOne = 16;

/** Names by whom they are known, in the order in which they became so. */
const createIndex = () => {
	const byWhom = new Map<string, Set<string>>();
	return {
		of: (by: string): ReadonlySet<string> => byWhom.get(by) ?? new Set(),
		add: (by: string, name: string): void => {
			const theirs = byWhom.get(by) ?? new Set();
			theirs.delete(name);
			byWhom.set(by, theirs.add(name));
		},
		remove: (by: string, name: string): void => {
			const theirs = byWhom.get(by);
			theirs?.delete(name);
			if (theirs?.size === 0) byWhom.delete(by);
		},
	};
};

export const createKnownNetworks = (): KnownNetworks => {
	/** By whom it became known, and who came from there last: a device's newer certificate stands behind its older one. */
	const names = new Map<string, { readonly first: string; readonly last: string }>();
	const [firsts, lasts] = [createIndex(), createIndex()];

	const forget = (name: string): void => {
		const known = names.get(name);
		if (known === undefined) return;
		names.delete(name);
		firsts.remove(known.first, name);
		lasts.remove(known.last, name);
	};

	const put = (name: string, first: string, last: string): void => {
		const before = names.get(name);
		if (before !== undefined) lasts.remove(before.last, name);
		names.set(name, { first, last });
		firsts.add(first, name);
		lasts.add(last, name);
		const [oldest] = firsts.of(first);
		if (firsts.of(first).size > mostOfOne && oldest !== undefined) forget(oldest);
	};

	return {
		has: (name) => names.has(name),
		forget,
		add: (name, by = name) => {
			const before = names.get(name);
			// To the end: those that came last are remembered.
			names.delete(name);
			if (before !== undefined) lasts.remove(before.last, name);
			put(name, before?.first ?? by, by);
			const [oldest] = names.keys();
			if (names.size > most && oldest !== undefined) forget(oldest);
		},
		forgetBy: (by) => {
			for (const name of [...lasts.of(by)]) {
				const first = names.get(name)?.first;
				if (first === undefined || first === by) forget(name);
				else put(name, first, first);
			}
			for (const name of [...firsts.of(by)]) {
				const last = names.get(name)?.last;
				firsts.remove(by, name);
				if (last !== undefined) put(name, last, last);
			}
		},
		*entries() {
			for (const [name, { last }] of names) yield [name, last];
		},
	};
};

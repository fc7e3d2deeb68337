import type { Instant } from '../units/instant.ts';

/** What is due when: one moment for each name. */
export interface Agenda<Name> {
	/** In the place of its moment before. */
	put(name: Name, at: Instant): void;
	drop(name: Name): void;
	/** Takes out all that is due by then, earliest first. */
	take(now: Instant): Name[];
}

interface Item<Name> {
	readonly name: Name;
	readonly at: Instant;
}

/** A binary heap. What was put off or dropped stays in it until its turn, or until half of it is of that kind. */
export const createAgenda = <Name>(): Agenda<Name> => {
	let heap: Item<Name>[] = [];
	const standing = new Map<Name, Item<Name>>();
	const earlier = (one: number, other: number): boolean =>
		(heap[one]?.at ?? Number.POSITIVE_INFINITY) < (heap[other]?.at ?? Number.POSITIVE_INFINITY);
	const swap = (one: number, other: number): void => {
		const [a, b] = [heap[one], heap[other]];
		if (a === undefined || b === undefined) return;
		heap[one] = b;
		heap[other] = a;
	};
	const rise = (from: number): void => {
		for (let place = from; place > 0;) {
			const above = (place - 1) >> 1;
			if (!earlier(place, above)) return;
			swap(place, above);
			place = above;
		}
	};
	const sink = (): void => {
		for (let place = 0; ;) {
			const [left, right] = [2 * place + 1, 2 * place + 2];
			const least = earlier(right, left) ? right : left;
			if (!earlier(least, place)) return;
			swap(least, place);
			place = least;
		}
	};
	const push = (item: Item<Name>): void => {
		heap.push(item);
		rise(heap.length - 1);
	};
	const pop = (): void => {
		const last = heap.pop();
		if (last === undefined || heap.length === 0) return;
		heap[0] = last;
		sink();
	};
	return {
		put: (name, at) => {
			const item = { name, at };
			standing.set(name, item);
			push(item);
			if (heap.length <= 2 * standing.size + 64) return;
			const kept = [...standing.values()];
			heap = [];
			for (const one of kept) push(one);
		},
		drop: (name) => {
			standing.delete(name);
		},
		take: (now) => {
			const due: Name[] = [];
			for (let first = heap[0]; first !== undefined && first.at <= now; first = heap[0]) {
				pop();
				if (standing.get(first.name) !== first) continue;
				standing.delete(first.name);
				due.push(first.name);
			}
			return due;
		},
	};
};

import { type Instant, Problem } from '@keyward/core';
import { checkLeaf, isTruncation, type Leaf, readLeaf } from '@keyward/core/ledger';
import type { RetentionWatermark, ReadingStore, Row } from '@keyward/core/port';

const broken = (detail: string): Problem =>
	new Problem('ledger-broken', `Nothing more is forgotten: ${detail}. Run keyward ledger verify.`);

/**
 * How far the journal can be forgotten from its beginning: to the first leaf with a row that is not of a time before
 * `before`, or until it is `most` rows or a few more; in steps of about `step` rows. Empty when there is nothing to forget.
 * Every leaf is compared with its rows a last time: what was changed must not go as if it had been good. `rest` is waited
 * for after each step.
 * Throws `Problem('ledger-broken')` then.
 */
export const planTruncation = async (
	store: ReadingStore,
	before: Instant,
	most: number,
	step: number,
	rest: () => Promise<unknown> = async () => {},
): Promise<RetentionWatermark[]> => {
	const owners = new Map((await store.streams()).map(({ id, application }) => [id, application]));
	const leaves = new Map((await store.forgotten()).leaves);
	const watermarks: RetentionWatermark[] = [];
	let position = 0;
	let planned = 0;
	let inStep = step;
	while (planned < most) {
		const unit = await nextUnit(store, position, owners, leaves);
		if (unit === null || unit.rows.some(({ time }) => time >= before)) break;
		position = unit.position;
		for (const [application, count] of unit.leaves) leaves.set(application, count);
		planned += unit.rows.length;
		// A horizon moves on until its step is full.
		if (inStep < step) watermarks.pop();
		else inStep = 0;
		inStep += unit.rows.length;
		watermarks.push({ before, position, leaves: new Map(leaves) });
		if (inStep >= step) await rest();
	}
	return watermarks;
};

/** Rows one after another that are all the rows of some leaves, one of each application in them. */
interface Unit {
	readonly rows: readonly Row[];
	/** Where the journal goes on. */
	readonly position: number;
	/** For each of these applications, how many leaves go before the next. */
	readonly leaves: ReadonlyMap<string, number>;
}

/** The smallest after the position; null when the journal ends there. */
const nextUnit = async (
	store: ReadingStore,
	after: number,
	owners: ReadonlyMap<number, string>,
	forgotten: ReadonlyMap<string, number>,
): Promise<Unit | null> => {
	const rows: Row[] = [];
	const begun = new Map<string, { readonly leaf: Leaf; readonly index: number; readonly rows: Row[] }>();
	let covered = 0;
	let position = after;
	do {
		// No further than the leaves that are begun, so that `next` is where they end.
		const page = await store.journal(position, Math.max(1, covered - rows.length));
		if (page.rows.length === 0) break;
		position = page.next;
		for (const row of page.rows) {
			const application = owners.get(row.stream);
			if (application === undefined) throw broken(`row ${row.cursor} of stream number ${row.stream} is nobody's`);
			let own = begun.get(application);
			if (own === undefined) {
				own = { ...(await nextLeaf(store, application, forgotten.get(application) ?? 0)), rows: [] };
				begun.set(application, own);
				for (const { first, last } of own.leaf.ranges) covered += last - first + 1;
			}
			own.rows.push(row);
			rows.push(row);
		}
	} while (rows.length < covered);
	if (rows.length === 0) return null;
	for (const [application, own] of begun) {
		if (!checkLeaf(own.leaf, own.rows))
			throw broken(`leaf ${own.index} of ${application} does not agree with its rows`);
	}
	return { rows, position, leaves: new Map([...begun].map(([application, { index }]) => [application, index + 1])) };
};

/** The first leaf from the index on that covers rows. */
const nextLeaf = async (
	store: ReadingStore,
	application: string,
	from: number,
): Promise<{ leaf: Leaf; index: number }> => {
	for (let index = from; ; index++) {
		const [stored] = await store.leaves(application, index, 1);
		if (stored?.index !== index) throw broken(`leaf ${index} of ${application} is missing`);
		if (!isTruncation(stored.bytes)) return { leaf: readLeaf(stored.bytes), index };
	}
};

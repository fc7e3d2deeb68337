import { call } from './api.ts';
import type { Judged, Seen } from '../worker/proof.ts';

/** What a proof is asked of: an application's ledger, or the registry's; and an entry of that. */
export interface Asked {
	readonly application?: string;
	readonly entry?: { readonly kind: 'action' | 'incident'; readonly number: number };
}

const placeOf = (ledger: string): string => `keyward-ledger ${ledger}`;

const isSeen = (value: unknown): value is Seen =>
	typeof value === 'object' && value !== null && 'key' in value && 'size' in value && 'root' in value;

/** The checkpoint that this browser saw last; null before the first. It outlives the session, since it is there to be compared with. */
export const seenOf = (ledger: string): Seen | null => {
	try {
		const value: unknown = JSON.parse(localStorage.getItem(placeOf(ledger)) ?? 'null');
		return isSeen(value) ? value : null;
	} catch {
		return null;
	}
};

export const remember = (ledger: string, saw: Seen): void => {
	const before = seenOf(ledger);
	// Another tab may have seen more meanwhile.
	if (before !== null && before.key === saw.key && before.size > saw.size) return;
	localStorage.setItem(placeOf(ledger), JSON.stringify(saw));
};

/** Has the site show it, checks it here, and remembers what was seen; what needs a person's word is not remembered. */
export const prove = async ({ application, entry }: Asked): Promise<Judged & { readonly before: Seen | null }> => {
	const before = seenOf(application ?? '_registry');
	const [answer, { judge }] = await Promise.all([
		call('ledger.prove', {
			...(application !== undefined && { application }),
			...(entry && { entry }),
			...(before !== null && before.size > 0 && { since: before.size }),
		}),
		// Fetched when the first proof is checked: it carries the arithmetic of the signature.
		import('../worker/proof.ts'),
	]);
	const judged = judge(answer, entry ?? null, before, Date.now());
	if (judged.saw !== null && !judged.otherKey) remember(application ?? '_registry', judged.saw);
	return { ...judged, before };
};

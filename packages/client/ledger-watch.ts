import { Problem } from '@keyward/core';
import { judgeSeen, type SeenLedger } from '@keyward/core/ledger';
import type { Client } from './client.ts';

/** Where a reader keeps what it saw of the ledger. */
export interface LedgerMemory {
	/** Null before the first. */
	seen(): Promise<SeenLedger | null>;
	/** Durable when it resolves. */
	keep(seen: SeenLedger): Promise<void>;
}

/** What one look at the ledger found. */
export type LedgerLook =
	/** From what was seen before; or nothing was. */
	| { readonly kind: 'grown' }
	/** Nothing came to compare with what was seen before. */
	| { readonly kind: 'unseen'; readonly why: string }
	/** Another history. `reported`: what the service said when it was told. */
	| { readonly kind: 'forked'; readonly why: string; readonly evidence: readonly string[]; readonly reported: string };

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/**
 * Holds a service to the ledger that this reader saw before (CR 3.9): it can neither go back behind that, nor write another history, and
 * keep it from who read earlier. Throws `Problem('ledger-broken')` for a ledger that does not hold at the first look.
 */
export const lookAtLedger = async (client: Pick<Client, 'call'>, memory: LedgerMemory): Promise<LedgerLook> => {
	const before = await memory.seen();
	const since = Number(before?.note.split('\n')[1] ?? 0);
	let shown;
	try {
		shown = await client.call('ledger.grown', since > 0 ? { since } : {});
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		// Who has another history to hide answers nothing, or breaks the connection off: said where there is something to compare.
		return before === null ? { kind: 'grown' } : { kind: 'unseen', why: error.detail };
	}
	const { forked, seen } = judgeSeen(before, { ...shown, growth: shown.growth?.map(bytesOf) ?? null });
	if (forked === null) {
		if (seen !== null && seen.note !== before?.note) await memory.keep(seen);
		return { kind: 'grown' };
	}
	const evidence = [seen.note, ...(shown.note === null ? [] : [shown.note])];
	// A site judges a checkpoint of its ledger's present key alone: with another, as after keyward restore, it could say nothing of it.
	const reported = shown.key === seen.key ? await report(client, seen) : UNTOLD;
	return { kind: 'forked', why: forked, evidence, reported };
};

const UNTOLD =
	'the site was not told, since it judges checkpoints under its present name alone: ask its operator whether and when it was restored';

/** An honest service that was put back opens an incident; what a lying one says of it changes nothing here. */
const report = async (client: Pick<Client, 'call'>, { note }: SeenLedger): Promise<string> => {
	try {
		const { incident } = await client.call('ledger.forked', { note });
		return incident === null ? 'the site says that it follows' : `the site opened incident ${incident}`;
	} catch (error) {
		if (error instanceof Problem) return `the site took no report of it (${error.code})`;
		throw error;
	}
};

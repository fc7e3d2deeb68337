import assert from 'node:assert/strict';
import { Problem } from '@keyward/core';
import { checkProof, openCheckpoint, readVerifierKey } from '@keyward/core/ledger';
import type { Answer, ApiDependencies } from './answer.ts';
import { keyOf, type Ledgers, shownOf } from './ledger-grown.ts';

/**
 * CR 3.9, CR 6.2: a data folder that was put back does not know what it signed; who read before does. Believed is the signature of the
 * ledger's own key, and nobody's word: a reader makes no alarm with anything else.
 */
export const ledgerForked =
	(dependencies: Ledgers & Pick<ApiDependencies, 'forked'>): Answer<'ledger.forked'> =>
	async ({ note }, { principal }) => {
		assert(principal !== null);
		const ledger = principal.application;
		const key = readVerifierKey(keyOf(dependencies, ledger));
		const seen = checked(() => openCheckpoint(note, key));
		if (seen.size === 0) return { incident: null };
		const shown = await shownOf(dependencies, ledger, seen.size);
		const { fork, refused } =
			shown === null
				? { fork: true, refused: `the ledger has no leaf, and a checkpoint of ${seen.size} was seen before` }
				: checkProof({ ...shown, leaf: null }, key, seen);
		if (!fork) return { incident: null };
		const notes = [note, ...(shown === null ? [] : [shown.note])];
		const evidence = notes.map((text) => new TextEncoder().encode(text));
		const why = `The reader ${principal.id} was shown another history of the ledger of ${ledger}: ${refused ?? ''}`;
		return { incident: await dependencies.forked({ ledger, seen: why, evidence }) };
	};

const checked = <Value>(read: () => Value): Value => {
	try {
		return read();
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		throw new Problem(
			'request-malformed',
			`The checkpoint shows nothing: ${error.detail} Only one that this ledger signed under its present name counts.`,
			{ cause: error },
		);
	}
};

import { readRows } from '@keyward/core/ledger';
import { Problem } from '@keyward/core';
import type { CoveredRow, RegistryLog } from '@keyward/core/port';

const AT_ONCE = 1000;

/** Ids of the grants that the registry's ledger does not state as they are: another program wrote them into the database, or altered them. */
export const unrecordedGrants = (
	log: Pick<RegistryLog, 'edge' | 'leaves' | 'find'>,
	ids: readonly string[],
): ReadonlySet<string> => {
	if (ids.length === 0) return new Set();
	// What was stated last counts: an end that was taken back is stated by an older leaf alone.
	const stated = new Map<string, CoveredRow['state']>();
	const { size } = log.edge();
	for (let index = 0; index < size; index += AT_ONCE)
		for (const leaf of log.leaves(index, Math.min(AT_ONCE, size - index)))
			for (const { key, state } of grantsIn(leaf)) stated.set(key, state);
	return new Set(
		log
			.find('grant', ids)
			.filter(({ key, state }) => {
				const last = stated.get(key) ?? null;
				return state === null || last === null || Buffer.compare(state, last) !== 0;
			})
			.map(({ key }) => key),
	);
};

/** Of a leaf that is broken: it records nothing, and `keyward ledger verify` names it. */
const grantsIn = (leaf: Uint8Array): readonly CoveredRow[] => {
	if (!Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).includes('grant')) return [];
	try {
		return readRows(leaf).rows.filter(({ kind }) => kind === 'grant');
	} catch (error) {
		if (error instanceof Problem) return [];
		throw error;
	}
};

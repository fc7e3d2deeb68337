import { type Identity, refreshRosterOf, requireAgreementKey, rosterOf } from '@keyward/agent';
import { type Instant, minutes, Problem } from '@keyward/core';
import type { ReaderTrust, Roster } from '@keyward/core/seal';
import { tell } from '../../terminal/output.ts';

/** Between two looks for a newer roster: a reader that was taken off it, or a key that was, counts no longer than that. */
const LOOK = minutes(1);

/**
 * What this reader judges and opens by, as of each moment: the owner's roster, from the root that was pinned at commissioning, and its
 * own key. Null without an owner, and before the first roster.
 */
export const openTrust = (identity: Identity): (() => Promise<ReaderTrust | null>) => {
	if (identity.owner === undefined) return async () => null;
	const seen: Roster[] = [];
	let looked: Instant | null = null;
	let told = '';
	let agreement: ReaderTrust['key']['agreement'] | null = null;
	return async () => {
		const now = Date.now();
		if (looked === null || now - looked > LOOK) {
			looked = now;
			// What was taken before stays, with its date: a service that withholds the next one is found out by that.
			const problem = await refreshRosterOf(identity, now).then(
				() => null,
				(error: unknown) => {
					if (error instanceof Problem) return error;
					throw error;
				},
			);
			if (problem !== null && problem.code !== told) tell(`${problem.detail} [${problem.code}]\n`);
			told = problem?.code ?? '';
			const state = await rosterOf(identity, now);
			const newest = state?.state === 'current' ? state.roster : state?.last?.roster;
			if (newest !== undefined && !seen.some(({ hash }) => Buffer.compare(hash, newest.hash) === 0))
				seen.unshift(newest);
		}
		const [roster, ...older] = seen;
		if (roster === undefined) return null;
		agreement ??= await requireAgreementKey(identity);
		return { rosters: [roster, ...older], key: { agreement }, now };
	};
};

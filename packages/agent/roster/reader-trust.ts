import { type Instant, minutes, Problem } from '@keyward/core';
import type { ReaderTrust, Roster } from '@keyward/core/seal';
import { requireAgreementKey, requireKemKey } from '../enrolment/register-key.ts';
import { type Identity, openIdentity } from '../identity/identity.ts';
import { refreshRosterOf, rosterOf } from './device-roster.ts';
import { earlierRosters, keepRoster } from './earlier-rosters.ts';

/** Between two looks for a newer roster: a device or reader that was taken off it counts no longer than that. */
const LOOK = minutes(1);

/**
 * What this reader judges and opens by, as of each moment: the owner's roster, from the root that was pinned at commissioning, and its
 * own key. Null without an owner. Before the first roster it throws `Problem('roster-stale')`: it alone says which streams are sealed, so that a
 * service which withholds it could have anything taken for a reading. `onProblem` is told why no newer roster could be had, once while that
 * lasts: what was taken before stays, with its date, and a service that withholds the next one is found out by that.
 */
export const openReaderTrust = (
	identity: Identity,
	onProblem: (problem: Problem) => void,
): (() => Promise<ReaderTrust | null>) => {
	if (identity.owner === undefined) return async () => null;
	let seen: readonly Roster[] = [];
	let looked: Instant | null = null;
	let told = '';
	let key: ReaderTrust['key'] | null = null;
	const look = async (now: Instant): Promise<void> => {
		try {
			await refreshRosterOf(identity, now);
			told = '';
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			if (error.code !== told) onProblem(error);
			told = error.code;
		}
		const state = await rosterOf(identity, now);
		const newest = state?.state === 'current' ? state : (state?.last ?? null);
		if (newest === null) return;
		const isNewest = ({ hash }: Roster): boolean => Buffer.compare(hash, newest.roster.hash) === 0;
		if (seen[0] !== undefined && isNewest(seen[0])) return;
		// What was sealed under one before it is judged by that one, also after a restart.
		const before = seen.length > 0 ? seen : await earlierRosters(identity);
		seen = [newest.roster, ...before.filter((one) => !isNewest(one))];
		await keepRoster(identity, newest);
	};
	return async () => {
		const now = Date.now();
		if (looked === null || now - looked > LOOK) {
			looked = now;
			await look(now);
		}
		const [roster, ...older] = seen;
		if (roster === undefined)
			throw new Problem(
				'roster-stale',
				`No roster of the owner has come yet, and it alone says which streams of ${identity.application} are sealed and who signs: nothing is shown. Have the owner publish one (keyward roster prepare), then read again.`,
			);
		key ??= await keysOf(identity);
		return { rosters: [roster, ...older], key, now };
	};
};

/** The second is made here where the reader was commissioned before there was one: its owner's next roster names it. */
const keysOf = async (identity: Identity): Promise<ReaderTrust['key']> => {
	const agreement = await requireAgreementKey(identity);
	return { agreement, kem: await requireKemKey(await openIdentity(identity.folder)) };
};

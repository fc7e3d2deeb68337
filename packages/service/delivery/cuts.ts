import type { Milliseconds, Refusal } from '@keyward/core';
import type { PrincipalName } from '@keyward/core/port';
import type { Deliveries } from './deliveries.ts';
import type { Followers } from './follow-decisions.ts';
import type { LiveSession, Sessions } from '../session/live-session.ts';

/**
 * Ends what a lost right held open (live-revocation, CR 2.6): sessions, their subscriptions, and event streams. What resolves here is
 * done: the workers that serve the peers have acted on it. How long that took, where somebody was cut, is the evidence.
 */
export interface Cuts {
	/**
	 * Does `change`, and judges again every subscription and event stream, or those of one principal where the change is `about` that one
	 * alone, and the sessions that `which` picks. Gives what `change` gave, and how many were cut. A cursor opens nothing by itself: each question with it is judged.
	 */
	after<Value>(
		change: () => Promise<Value>,
		which?: (changed: Value) => (session: LiveSession) => boolean,
		about?: (changed: Value) => PrincipalName,
	): Promise<Done<Value>>;
	/** As `Sessions.cutThen`, with the event streams of the principal. */
	of<Value>(principal: PrincipalName, refusal: Refusal, record: () => Promise<Value>): Promise<Done<Value>>;
}

export interface Done<Value> {
	readonly recorded: Value;
	readonly cut: number;
}

export const createCuts = (
	sessions: Pick<Sessions, 'cutThen' | 'rejudge' | 'heard'>,
	deliveries: Pick<Deliveries, 'rejudge' | 'judgeFollowers'>,
	followers: Pick<Followers, 'settled'>,
	took: (span: Milliseconds) => void,
): Cuts => {
	const timed = async <Value>(act: () => Promise<Done<Value>>): Promise<Done<Value>> => {
		const began = performance.now();
		const done = await act();
		if (done.cut > 0) took(performance.now() - began);
		return done;
	};
	return {
		after: (change, which, about) =>
			timed(async () => {
				const recorded = await change();
				const judged = which === undefined ? 0 : await sessions.rejudge(which(recorded));
				const { cut, narrowed } = deliveries.rejudge(about?.(recorded));
				// Who reads less than before is sent nothing of the rest once this resolves.
				const [refused] = await Promise.all([followers.settled(), cut + narrowed > 0 ? sessions.heard() : null]);
				return { recorded, cut: judged + cut + refused };
			}),
		of: (principal, refusal, record) =>
			timed(async () => {
				const { recorded, cut } = await sessions.cutThen(principal, refusal, record);
				deliveries.judgeFollowers(principal);
				return { recorded, cut: cut + (await followers.settled()) };
			}),
	};
};

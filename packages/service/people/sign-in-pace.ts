import { type Milliseconds, minutes, Problem } from '@keyward/core';
import type { Clock, StoredPersonSession } from '@keyward/core/port';
import { subscriberOf } from '../http/peer-limits.ts';
import { createKnownNetworks } from '../tls/known-networks.ts';

const WINDOW: Milliseconds = minutes(1);
/** Of one subscriber, and of all, in a window. */
const EACH = 20;
const ALL = 200;
/** Of all those from where somebody has signed in, beside what is for strangers. */
const ALL_KNOWN = 200;

/** CR 1.11: how often sign-in is tried. */
export interface SignInPace {
	/** Throws `Problem('sign-in-too-often')`. */
	take(network: string): void;
	/** A person signed in from there. */
	proved(network: string, person: string): void;
	/** The person was removed. */
	forget(person: string): void;
}

/** Those who signed in before a restart are known by their sessions. */
export const createSignInPace = (
	clock: Clock,
	sessions: readonly Pick<StoredPersonSession, 'from' | 'person'>[],
): SignInPace => {
	const known = createKnownNetworks();
	const proved = (network: string, person: string): void => known.add(subscriberOf(network), person);
	for (const { from, person } of sessions) proved(from, person);
	const tries = new Map<string, number>();
	let [strangers, friends] = [0, 0];
	let began = clock.now();
	return {
		take: (network) => {
			const now = clock.now();
			if (now - began >= WINDOW || now < began) {
				tries.clear();
				[strangers, friends] = [0, 0];
				began = now;
			}
			const from = subscriberOf(network);
			const own = (tries.get(from) ?? 0) + 1;
			// CR 7.1: ten networks that try as often as they may keep strangers out, and nobody who comes from where they were before.
			const isKnown = known.has(from);
			if (own > EACH || (isKnown ? friends >= ALL_KNOWN : strangers >= ALL))
				throw new Problem('sign-in-too-often', 'Too many sign-ins in a minute: wait a minute, then try again.');
			tries.set(from, own);
			if (isKnown) friends++;
			else strangers++;
		},
		proved,
		forget: known.forgetBy,
	};
};

import { type Milliseconds, minutes, Problem } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import { subscriberOf } from '../http/peer-limits.ts';

const WINDOW: Milliseconds = minutes(1);
/** Of one subscriber, and of all, in a window. */
const EACH = 20;
const ALL = 200;

/** CR 1.11: how often sign-in is tried. Throws `Problem('sign-in-too-often')`. */
export const createSignInPace = (clock: Clock): ((network: string) => void) => {
	const tries = new Map<string, number>();
	let all = 0;
	let began = clock.now();
	return (network) => {
		const now = clock.now();
		if (now - began >= WINDOW || now < began) {
			tries.clear();
			all = 0;
			began = now;
		}
		const from = subscriberOf(network);
		const own = (tries.get(from) ?? 0) + 1;
		if (own > EACH || all >= ALL)
			throw new Problem('sign-in-too-often', 'Too many sign-ins in a minute: wait a minute, then try again.');
		tries.set(from, own);
		all++;
	};
};

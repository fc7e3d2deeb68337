import { type Milliseconds, minutes } from '@keyward/core';

/** How often it is looked whether time alone has ended a right (live-revocation). */
const every: Milliseconds = 250;
/** How long a late look is remembered, at least. */
const memory: Milliseconds = minutes(10);

/** Looks again and again, and remembers how long it was ever away. */
export interface Expiry {
	/** The longest time between two looks in the last ten minutes or more: so long a right that ended may have stood. */
	longest(): Milliseconds;
	stop(): void;
}

export const startExpiry = (look: () => void): Expiry => {
	let last = performance.now();
	let turned = last;
	let before: Milliseconds = 0;
	let worst: Milliseconds = every;
	const timer = setInterval(() => {
		const now = performance.now();
		worst = Math.max(worst, now - last);
		last = now;
		if (now - turned > memory) {
			before = worst;
			worst = every;
			turned = now;
		}
		look();
	}, every);
	return {
		longest: () => Math.ceil(Math.max(before, worst, performance.now() - last)),
		stop: () => clearInterval(timer),
	};
};

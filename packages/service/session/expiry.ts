import { type Milliseconds, minutes } from '@keyward/core';

/** How often it is looked whether time alone has ended a right (live-revocation). */
const every: Milliseconds = 250;
/** How long a late look is remembered, at least. */
const memory: Milliseconds = minutes(10);

/** Looks again and again, and remembers how long it was ever away. */
export interface Expiry {
	/** The longest that a right which ended may have stood in the last ten minutes or more: between two looks, or until a real cut. */
	longest(): Milliseconds;
	/** A right was ended by somebody, and this long it still stood until all who had it were cut. */
	took(span: Milliseconds): void;
	/** The first peers may come: nobody held a right open while the service started, however late a look was then. */
	listening(): void;
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
		took: (span) => {
			worst = Math.max(worst, span);
		},
		listening: () => {
			last = performance.now();
			turned = last;
			worst = every;
		},
		stop: () => clearInterval(timer),
	};
};

import type { Milliseconds } from '@keyward/core';

/**
 * Looks again and again, never while the look before is under way; what fails is reported. A `pace` of 0: nobody looks by itself (tests).
 * `stop` resolves when no look is under way any more.
 */
export const lookEvery = (
	pace: Milliseconds,
	look: () => Promise<void>,
	report: (error: unknown) => void,
): { stop(): Promise<void> } => {
	let underWay: Promise<void> | null = null;
	const begin = (): void => {
		underWay ??= look()
			.catch(report)
			.finally(() => {
				underWay = null;
			});
	};
	const timer = pace === 0 ? undefined : setInterval(begin, pace);
	return {
		stop: async () => {
			clearInterval(timer);
			await underWay;
		},
	};
};

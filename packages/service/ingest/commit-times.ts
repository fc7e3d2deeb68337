import type { Instant, Milliseconds } from '@keyward/core';

/** How the store takes commits: for health and metrics. */
export interface CommitTimes {
	took(span: Milliseconds): void;
	failed(): void;
	/** Since when every one fails; null when the last one did not. */
	failing(): Instant | null;
	counts(): { readonly durable: number; readonly failed: number };
	/** Told of each commit's time. */
	onTook(listener: (span: Milliseconds) => void): void;
}

export const createCommitTimes = (now: () => Instant): CommitTimes => {
	let since: Instant | null = null;
	let durable = 0;
	let failed = 0;
	let tell: (span: Milliseconds) => void = () => {};
	return {
		took: (span) => {
			since = null;
			durable++;
			tell(span);
		},
		failed: () => {
			since ??= now();
			failed++;
		},
		failing: () => since,
		counts: () => ({ durable, failed }),
		onTook: (listener) => {
			tell = listener;
		},
	};
};

import { Problem } from '@keyward/core';
import type { Measurement } from './poll.ts';

/** Passes over what a document that has not changed says once more: the same stream, time and value. */
export const newOnly = (): ((item: Measurement | Problem) => boolean) => {
	const latest = new Map<string, Measurement>();
	return (item) => {
		if (item instanceof Problem || item.time === undefined) return true;
		const before = latest.get(item.stream);
		latest.set(item.stream, item);
		return before === undefined || before.time !== item.time || before.value !== item.value;
	};
};

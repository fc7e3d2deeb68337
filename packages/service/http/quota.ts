import { Problem } from '@keyward/core';
import { BUSY } from '../thread/channel.ts';

/** Counts what each peer has of something, so that none has much of it, nor all of them together. */
export interface Quota {
	/** Gives what to call when it is over, once; null when this peer, or everybody together, has as much as it may. */
	take(peer: string): (() => void) | null;
}

export const createQuota = (each: number, all: number): Quota => {
	const counts = new Map<string, number>();
	let sum = 0;
	return {
		take: (peer) => {
			const count = counts.get(peer) ?? 0;
			if (count >= each || sum >= all) return null;
			counts.set(peer, count + 1);
			sum++;
			return () => {
				sum--;
				const left = (counts.get(peer) ?? 1) - 1;
				if (left === 0) counts.delete(peer);
				else counts.set(peer, left);
			};
		},
	};
};

export interface GateLimits {
	/** Under way at a time: of one peer, and of all together. */
	readonly each: number;
	readonly all: number;
	/** Waiting for that. */
	readonly waitingEach: number;
	readonly waitingAll: number;
}

/** Lets few in at a time and has a few more wait, in the order of coming. */
export interface Gate {
	/** Throws `Problem('service-busy')` when too many wait already. */
	during<Value>(peer: string, work: () => Promise<Value>): Promise<Value>;
}

export const createGate = ({ each, all, waitingEach, waitingAll }: GateLimits): Gate => {
	const inside = createQuota(each, all);
	const outside = createQuota(waitingEach, waitingAll);
	const waiting: { readonly peer: string; enter(leave: () => void): void }[] = [];

	/** The one that waits longest of those that may enter now. */
	const next = (): void => {
		for (const [index, { peer, enter }] of waiting.entries()) {
			const leave = inside.take(peer);
			if (leave === null) continue;
			waiting.splice(index, 1);
			enter(leave);
			return;
		}
	};

	const enter = async (peer: string): Promise<() => void> => {
		const leave = inside.take(peer);
		if (leave !== null) return leave;
		const gone = outside.take(peer);
		if (gone === null) throw new Problem('service-busy', BUSY);
		const { promise, resolve } = Promise.withResolvers<() => void>();
		waiting.push({ peer, enter: resolve });
		return promise.finally(gone);
	};

	return {
		during: async (peer, work) => {
			const leave = await enter(peer);
			try {
				return await work();
			} finally {
				leave();
				next();
			}
		},
	};
};

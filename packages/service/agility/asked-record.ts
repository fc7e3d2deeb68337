import type { Instant } from '@keyward/core';
import type { KeyAskedStore } from '@keyward/core/port';

/** Who was asked for a new key and has not come back with it, over restarts: by what it was asked for, and device. */
export interface AskedRecord {
	/** By device: when. */
	of(under: string): ReadonlyMap<string, Instant>;
	/** At hand at once, so that what is asked at the same moment counts it; durable when it resolves. */
	add(under: string, device: string, at: Instant): Promise<void>;
	/** It was heard again: for this run alone. */
	heard(under: string, device: string, at: Instant): void;
	/** One, or all of it. */
	drop(under: string, device?: string): Promise<void>;
}

export const openAskedRecord = async (store: KeyAskedStore): Promise<AskedRecord> => {
	const known = new Map<string, Map<string, Instant>>();
	const of = (under: string): Map<string, Instant> => {
		const found = known.get(under) ?? new Map<string, Instant>();
		known.set(under, found);
		return found;
	};
	for (const { under, device, at } of await store.keysAsked()) of(under).set(device, at);
	return {
		of,
		add: async (under, device, at) => {
			of(under).set(device, at);
			try {
				await store.putKeyAsked({ under, device, at });
			} catch (error) {
				of(under).delete(device);
				throw error;
			}
		},
		heard: (under, device, at) => {
			if (of(under).has(device)) of(under).set(device, at);
		},
		drop: async (under, device) => {
			if (device === undefined ? of(under).size === 0 : !of(under).delete(device)) return;
			if (device === undefined) known.delete(under);
			await store.dropKeyAsked(under, device ?? null);
		},
	};
};

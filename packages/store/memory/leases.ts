import { randomBytes } from 'node:crypto';
import type { StoreGeneration, GenerationStore, Lease, LeaseStore, NumberStore } from '@keyward/core/port';

export const memoryLeases = (): LeaseStore => {
	const leases = new Map<string, Lease>();
	let last = 0;
	const sorted = (which: (lease: Lease) => boolean): Lease[] =>
		[...leases.values()].filter(which).toSorted((a, b) => a.epoch - b.epoch);
	const extend = (name: string, epoch: number, until: number): boolean => {
		const lease = leases.get(name);
		if (lease?.epoch !== epoch) return false;
		leases.set(name, { ...lease, until });
		return true;
	};
	return {
		lease: async (name) => leases.get(name) ?? null,
		leasesOf: async (holder) => sorted((lease) => lease.holder === holder),
		leasesAfter: async (epoch) => sorted((lease) => lease.epoch > epoch),
		takeLeases: async (holder, wanted, at) => {
			last = Math.max(last, at - 1);
			return wanted.map(({ name, seen, until }) => {
				if ((leases.get(name)?.epoch ?? 0) !== seen) return null;
				const lease: Lease = { name, holder, epoch: ++last, until };
				leases.set(name, lease);
				return lease;
			});
		},
		renewLease: async (name, epoch, until) => extend(name, epoch, until),
		endLease: async (name, epoch, at) => extend(name, epoch, at),
	};
};

export const memoryNumbers = (): NumberStore => {
	const numbers = new Map<string, number>();
	return {
		takeNumber: async (name, floor) => {
			const taken = Math.max((numbers.get(name) ?? 0) + 1, floor);
			numbers.set(name, taken);
			return taken;
		},
	};
};

/** `endAll`: ends what a restore ends. */
export const memoryGeneration = (endAll: () => void): GenerationStore => {
	const made = (backup: StoreGeneration['backup']): StoreGeneration => ({
		id: randomBytes(16).toString('hex'),
		backup,
	});
	let generation = made(null);
	return {
		generation: async () => generation,
		beginGeneration: async (backup) => {
			endAll();
			return (generation = made(backup));
		},
	};
};

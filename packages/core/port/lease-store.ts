import type { Instant } from '../units/instant.ts';

/** Who of several instances may do something that one alone may do at a time. */
export interface Lease {
	/** What it is for. */
	readonly name: string;
	/** The instance. */
	readonly holder: string;
	/** Larger than every epoch that the store gave before, under any name: the fence number of what is done under the lease. */
	readonly epoch: number;
	/** Not held from then on; null: until another takes it. */
	readonly until: Instant | null;
}

/**
 * Leases, by compare and set.
 *
 * A lease is durable when the promise resolves. Of two instances that read the same and take it, one gets it and the other is told.
 * Taking does not ask the holder: whether it may be taken (`until` is over, or the newest wins) is for the caller to judge by what
 * it read. An epoch is never given twice: it is above all before and no less than the clock, so that a restored backup, which has
 * forgotten the latest ones, goes on above them as well (for as long as its clock is not behind their time, and fewer are given
 * than milliseconds pass). What is written under an older epoch than a later holder's is refused by who compares the two.
 */
export interface LeaseStore {
	/** The lease as it was taken last, also where it is over; null when it never was. */
	lease(name: string): Promise<Lease | null>;
	/** Those of a holder, oldest first. */
	leasesOf(holder: string): Promise<Lease[]>;
	/** Those that were taken after that epoch, oldest first: what an instance may have lost. */
	leasesAfter(epoch: number): Promise<Lease[]>;
	/**
	 * Takes leases, each only while its epoch is still the one that the caller read (`seen`, 0 for none). In one commit; gives for
	 * each, in order, the lease, or null when another took it meanwhile.
	 */
	takeLeases(
		holder: string,
		wanted: readonly { readonly name: string; readonly seen: number; readonly until: Instant | null }[],
		at: Instant,
	): Promise<(Lease | null)[]>;
	/** Holds it longer, under the same epoch; false when another took it. */
	renewLease(name: string, epoch: number, until: Instant): Promise<boolean>;
	/** It is over from now on; false when another took it. */
	endLease(name: string, epoch: number, at: Instant): Promise<boolean>;
}

import type { Instant } from '@keyward/core';
import type { PrincipalName, Store } from '@keyward/core/port';
import { isSuccession } from '../delivery/commands.ts';

/** Since when the name stands for the device that it stands for now: its first certificate, after its predecessor's end. */
export const existsSince = async (store: Store, name: PrincipalName): Promise<Instant> => {
	let ended = Number.NEGATIVE_INFINITY;
	let first = Number.POSITIVE_INFINITY;
	for (const { notBefore, revoked } of await store.certificates(name)) {
		if (revoked !== null && !isSuccession(revoked)) ended = Math.max(ended, revoked.at);
		else first = Math.min(first, notBefore);
	}
	return Math.max(ended, first);
};

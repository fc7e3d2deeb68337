import { setImmediate as turn } from 'node:timers/promises';
import { principalKey } from '@keyward/core/device';
import type { Clock, Lease, LeaseStore, PrincipalName } from '@keyward/core/port';

/**
 * One session for each certificate identity, whatever instance of the service it connects to (unique-key). The newest connection
 * wins: its instance takes the identity's lease, and the one that had it ends its own. A lease is kept when its session ends, so
 * that a device that comes back to the same instance costs no write.
 */
export interface SessionLeases {
	/** Durable when it resolves. Gives the fence number of the identity's sessions here: above that of every other instance before. */
	take(principal: PrincipalName): Promise<number>;
	/** Identities whose lease another instance took since the last look, with its fence number. */
	lost(): Promise<readonly { readonly identity: string; readonly epoch: number }[]>;
}

const PREFIX = 'session ';

/** `holder` is this instance, and no other that is running. */
export const openSessionLeases = async (store: LeaseStore, holder: string, clock: Clock): Promise<SessionLeases> => {
	const held = new Map((await store.leasesOf(holder)).map((lease) => [lease.name, lease.epoch]));
	let looked = Math.max(0, ...held.values());
	/** What is taken together: a thousand devices that come at once are a few commits. */
	let gathering: { readonly wanted: Map<string, number>; readonly taken: Promise<ReadonlyMap<string, Lease>> } | null =
		null;

	const takeAll = async (wanted: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, Lease>> => {
		await turn();
		gathering = null;
		const list = Array.from(wanted, ([name, seen]) => ({ name, seen, until: null }));
		const taken = await store.takeLeases(holder, list, clock.now());
		return new Map(taken.flatMap((lease) => (lease === null ? [] : [[lease.name, lease] as const])));
	};
	const take = async (name: string, seen: number): Promise<number> => {
		if (gathering === null) {
			const wanted = new Map<string, number>();
			gathering = { wanted, taken: takeAll(wanted) };
		}
		gathering.wanted.set(name, seen);
		const lease = (await gathering.taken).get(name);
		// Another instance took it since it was read, or had it from before: what it has is read, and taken from there.
		if (lease === undefined) return take(name, (await store.lease(name))?.epoch ?? 0);
		held.set(name, lease.epoch);
		return lease.epoch;
	};

	return {
		take: async (principal) => {
			const name = PREFIX + principalKey(principal);
			return held.get(name) ?? take(name, 0);
		},
		lost: async () => {
			const gone: { identity: string; epoch: number }[] = [];
			for (const { name, holder: other, epoch } of await store.leasesAfter(looked)) {
				looked = epoch;
				const own = held.get(name);
				if (other === holder || own === undefined || own > epoch) continue;
				held.delete(name);
				gone.push({ identity: name.slice(PREFIX.length), epoch });
			}
			return gone;
		},
	};
};

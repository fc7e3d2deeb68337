import { type Instant, type Milliseconds, minutes, type Refusal } from '@keyward/core';
import { principalKey, qualifiedName } from '@keyward/core/device';
import type { Clock, PrincipalName } from '@keyward/core/port';
import type { Log } from '../log/log.ts';
import type { GivenRefusal, GivenRefusals, RefusedPerson } from '../thread/link-messages.ts';

/** One kind of refusal that somebody got. */
export interface RecentRefusal extends Refusal {
	readonly times: number;
	readonly first: Instant;
	readonly last: Instant;
}

/** What peers were refused since the start, for people: the evidence of requirements is apart (`refusals.ts`). */
export interface RecentRefusals {
	add(given: GivenRefusals): Promise<void>;
	/** Newest first. */
	of(principal: PrincipalName): RecentRefusal[];
	/** Of everybody, newest first; of people and strangers under null. */
	all(): (RecentRefusal & { readonly principal: PrincipalName | null; readonly person?: RefusedPerson })[];
}

// CR 7.1: peers choose how often and how differently they are refused. The kind that was longest ago goes.
const MOST_PEERS = 4096;
const MOST_KINDS = 16;
/** Of all people together, each operation apart. */
const MOST_OF_PEOPLE = 512;
const WINDOW: Milliseconds = minutes(1);
const MOST_LOGGED = 20;

interface Peer {
	readonly principal: PrincipalName | null;
	readonly kinds: Map<string, RecentRefusal>;
}

/** Puts it last; what is first goes when there are too many. */
const putLast = <Value>(map: Map<string, Value>, key: string, value: Value, most: number): void => {
	map.delete(key);
	map.set(key, value);
	const [oldest] = map.keys();
	if (map.size > most && oldest !== undefined) map.delete(oldest);
};

const newestFirst = (a: RecentRefusal, b: RecentRefusal): number => b.last - a.last;

const nameOf = ({ kind, application, id }: PrincipalName): PrincipalName => ({ kind, application, id });

export const createRecentRefusals = (
	/** Whose certificate it is; null for one that this site does not know. */
	holderOf: (fingerprint: string) => Promise<PrincipalName | null>,
	clock: Clock,
	log: Pick<Log, 'info'>,
	onRefused: (principal: PrincipalName, refusal: GivenRefusal) => void = () => {},
): RecentRefusals => {
	const peers = new Map<string, Peer>();
	/** Apart, so that no number of known peers drives them out. */
	const strangers: Peer = { principal: null, kinds: new Map() };
	/** Apart as well: who signed in is refused one operation after the other. */
	const people = new Map<string, RecentRefusal & { readonly person: RefusedPerson }>();
	let windowBegan: Instant = Number.NEGATIVE_INFINITY;
	let logged = 0;

	const tell = (who: string, { code, requirement, reason }: Refusal, now: Instant): void => {
		if (now - windowBegan >= WINDOW) {
			windowBegan = now;
			logged = 0;
		}
		if (logged++ >= MOST_LOGGED) return;
		log.info('refused; again is only counted: see keyward refusals', { who, code, requirement, reason });
	};

	const keep = (principal: PrincipalName | null, { code, requirement, reason, times }: GivenRefusal): void => {
		const now = clock.now();
		const key = principal === null ? '' : principalKey(principal);
		const peer: Peer =
			principal === null ? strangers : (peers.get(key) ?? { principal: nameOf(principal), kinds: new Map() });
		if (principal !== null) putLast(peers, key, peer, MOST_PEERS);
		const kind = `${code} ${requirement}`;
		const known: RecentRefusal | undefined = peer.kinds.get(kind);
		const refusal = { code, requirement, reason };
		putLast(
			peer.kinds,
			kind,
			{ ...refusal, times: (known?.times ?? 0) + times, first: known?.first ?? now, last: now },
			MOST_KINDS,
		);
		const who = principal === null ? 'a stranger' : `${principal.kind} ${qualifiedName(principal)}`;
		if (known === undefined) tell(who, refusal, now);
	};

	const keepOfPerson = (person: RefusedPerson, { code, requirement, reason, times }: GivenRefusal): void => {
		const now = clock.now();
		const key = [person.name, person.role, person.operation, code, requirement].join(' ');
		const known = people.get(key);
		const refusal = { code, requirement, reason };
		const counted = { times: (known?.times ?? 0) + times, first: known?.first ?? now, last: now };
		putLast(people, key, { ...refusal, ...counted, person }, MOST_OF_PEOPLE);
		if (known === undefined) tell(`person ${person.name}, ${person.role}, at ${person.operation}`, refusal, now);
	};

	return {
		add: async (given) => {
			for (const one of given) {
				if (one.person !== undefined) {
					keepOfPerson(one.person, one);
					continue;
				}
				const holder = one.principal ?? (one.fingerprint === null ? null : await holderOf(one.fingerprint));
				keep(holder, one);
				if (holder !== null) onRefused(holder, one);
			}
		},
		of: (principal) => [...(peers.get(principalKey(principal))?.kinds.values() ?? [])].toSorted(newestFirst),
		all: () =>
			[
				...[...peers.values(), strangers].flatMap(({ principal, kinds }) =>
					Array.from(kinds.values(), (one) => ({ principal, ...one })),
				),
				...Array.from(people.values(), (one) => ({ principal: null, ...one })),
			].toSorted(newestFirst),
	};
};

import { type Milliseconds, minutes, Problem } from '@keyward/core';
import { type PersonSession, personSessionEnd, type PersonTerms } from '@keyward/core/authorize';
import type { Clock, NumberStore, PersonSessionStore, StoredPersonSession } from '@keyward/core/port';

/** IEC 62443-4-2 CR 2.7: of one person, the oldest gives way; and of all, the newest is refused. */
const EACH = 8;
const ALL = 256;

/** A timer of Node takes no longer span. */
const LONGEST_TIMER: Milliseconds = 2 ** 31 - 1;

/** How far the stored time of the last call may be behind: after a restart a session locks so much earlier, and never later. */
const SEEN_EVERY: Milliseconds = minutes(1);

export interface NumberedSession extends Omit<StoredPersonSession, 'hash'> {
	readonly locked: boolean;
	readonly ends: number;
}

/** What a page that watches its session is told. */
export type SessionState = 'open' | 'locked' | 'ended';

/**
 * People's sessions, by SHA-256 of their token: what is kept opens none. They outlive a restart. What ends one ends it at once, and for
 * good when the promise resolves.
 */
export interface PersonSessions {
	readonly terms: PersonTerms;
	/** Durable when it resolves: its token is given to nobody before. Throws `Problem('service-busy')`. */
	open(
		hash: string,
		session: Pick<PersonSession, 'person' | 'step' | 'from' | 'browser' | 'credential'>,
	): Promise<void>;
	find(hash: string): PersonSession | null;
	/** It was used. */
	touch(hash: string): Promise<void>;
	/** True when there was one. */
	leave(hash: string): Promise<boolean>;
	end(number: number): Promise<boolean>;
	/** Gives how many. */
	endOf(person: string): Promise<number>;
	list(): NumberedSession[];
	state(hash: string): SessionState;
	/** Resolves when it locks or ends, or after the wait. */
	watch(hash: string, wait: Milliseconds): Promise<SessionState>;
	/** Forgets those that are over. */
	forget(): Promise<void>;
}

export const openPersonSessions = async (
	store: PersonSessionStore & NumberStore,
	clock: Clock,
	terms: PersonTerms,
): Promise<PersonSessions> => {
	const sessions = new Map((await store.personSessions()).map((one) => [one.hash, one]));
	/** When each was last seen, as stored. */
	const stored = new Map([...sessions.values()].map(({ number, seen }) => [number, seen]));
	const watching = new Map<string, Set<() => void>>();

	const drop = async (over: readonly StoredPersonSession[]): Promise<number> => {
		// From here on they open nothing, whatever becomes of the store.
		for (const { hash, number } of over) {
			sessions.delete(hash);
			stored.delete(number);
			for (const tell of watching.get(hash) ?? []) tell();
		}
		if (over.length > 0) await store.dropPersonSessions(over.map(({ number }) => number));
		return over.length;
	};
	const where = (which: (session: StoredPersonSession) => boolean): StoredPersonSession[] =>
		[...sessions.values()].filter(which);
	const endsAt = ({ opened }: PersonSession): number => opened + terms.longest;
	const isLocked = ({ seen }: PersonSession): boolean => clock.now() >= seen + terms.idle;
	const forget = async (): Promise<void> => void (await drop(where((one) => endsAt(one) <= clock.now())));
	const state = (hash: string): SessionState => {
		const session = sessions.get(hash);
		if (session === undefined || endsAt(session) <= clock.now()) return 'ended';
		return isLocked(session) ? 'locked' : 'open';
	};

	return {
		terms,
		open: async (hash, { person, step, from, browser, credential }) => {
			await forget();
			const number = await store.takeNumber('person-session', 0);
			const own = where((one) => one.person === person);
			await drop(own.slice(0, Math.max(0, own.length - EACH + 1)));
			if (sessions.size >= ALL)
				throw new Problem('service-busy', `${ALL} people's sessions are open: end some, or try again later.`);
			const now = clock.now();
			const session = { number, hash, person, step, from, browser, credential, opened: now, seen: now };
			sessions.set(hash, session);
			stored.set(number, now);
			try {
				await store.putPersonSession(session);
			} catch (error) {
				sessions.delete(hash);
				stored.delete(number);
				throw error;
			}
		},
		find: (hash) => sessions.get(hash) ?? null,
		touch: async (hash) => {
			const session = sessions.get(hash);
			if (session === undefined) return;
			const seen = clock.now();
			sessions.set(hash, { ...session, seen });
			if (Math.abs(seen - (stored.get(session.number) ?? 0)) < SEEN_EVERY) return;
			stored.set(session.number, seen);
			await store.seePersonSession(session.number, seen);
		},
		leave: async (hash) => (await drop(where((one) => one.hash === hash))) > 0,
		end: async (number) => (await drop(where((one) => one.number === number))) > 0,
		endOf: (person) => drop(where((one) => one.person === person)),
		list: () => where(() => true).map(({ hash: _, ...one }) => ({ ...one, locked: isLocked(one), ends: endsAt(one) })),
		state,
		watch: async (hash, wait) => {
			const session = sessions.get(hash);
			if (session === undefined || state(hash) !== 'open') return state(hash);
			const { promise, resolve } = Promise.withResolvers<void>();
			const tellers = watching.get(hash) ?? new Set();
			watching.set(hash, tellers.add(resolve));
			const over = personSessionEnd(session, terms) - clock.now();
			const timer = setTimeout(resolve, Math.min(LONGEST_TIMER, wait, Math.max(0, over)));
			await promise;
			clearTimeout(timer);
			tellers.delete(resolve);
			if (tellers.size === 0) watching.delete(hash);
			return state(hash);
		},
		forget,
	};
};

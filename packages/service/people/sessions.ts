import { type Milliseconds, Problem } from '@keyward/core';
import { type PersonSession, personSessionEnd, type PersonTerms } from '@keyward/core/authorize';
import type { Clock } from '@keyward/core/port';

/** IEC 62443-4-2 CR 2.7: of one person, the oldest gives way; and of all, the newest is refused. */
const EACH = 8;
const ALL = 256;

/** A timer of Node takes no longer span. */
const LONGEST_TIMER: Milliseconds = 2 ** 31 - 1;

export interface NumberedSession extends PersonSession {
	/** By which it is listed and ended; it opens nothing. */
	readonly number: number;
	/** Network address of the sign-in. */
	readonly from: string;
	readonly locked: boolean;
	readonly ends: number;
}

/** What a page that watches its session is told. */
export type SessionState = 'open' | 'locked' | 'ended';

/**
 * People's sessions, by SHA-256 of their token: what is in memory opens none. They end with the process.
 */
export interface PersonSessions {
	readonly terms: PersonTerms;
	/** Throws `Problem('service-busy')`. */
	open(hash: string, session: Pick<PersonSession, 'person' | 'hardware'> & { readonly from: string }): void;
	find(hash: string): PersonSession | null;
	/** It was used. */
	touch(hash: string): void;
	/** True when there was one. */
	leave(hash: string): boolean;
	end(number: number): boolean;
	/** Gives how many. */
	endOf(person: string): number;
	list(): NumberedSession[];
	state(hash: string): SessionState;
	/** Resolves when it locks or ends, or after the wait. */
	watch(hash: string, wait: Milliseconds): Promise<SessionState>;
	/** Forgets those that are over. */
	forget(): void;
}

export const createPersonSessions = (clock: Clock, terms: PersonTerms): PersonSessions => {
	const sessions = new Map<string, PersonSession & { readonly number: number; readonly from: string }>();
	const watching = new Map<string, Set<() => void>>();
	let last = 0;

	const leave = (hash: string): boolean => {
		const was = sessions.delete(hash);
		for (const tell of watching.get(hash) ?? []) tell();
		return was;
	};
	const endWhere = (over: (session: NumberedSession) => boolean): number =>
		[...sessions].filter(([hash, one]) => over(listed(one)) && leave(hash)).length;
	const listed = (one: PersonSession & { readonly number: number; readonly from: string }): NumberedSession => ({
		...one,
		locked: clock.now() >= one.seen + terms.idle,
		ends: one.opened + terms.longest,
	});
	const forget = (): void => void endWhere(({ ends }) => ends <= clock.now());
	const state = (hash: string): SessionState => {
		const session = sessions.get(hash);
		if (session === undefined || session.opened + terms.longest <= clock.now()) return 'ended';
		return listed(session).locked ? 'locked' : 'open';
	};

	return {
		terms,
		open: (hash, { person, hardware, from }) => {
			forget();
			const own = [...sessions].filter(([, one]) => one.person === person);
			for (const [old] of own.slice(0, Math.max(0, own.length - EACH + 1))) leave(old);
			if (sessions.size >= ALL)
				throw new Problem('service-busy', `${ALL} people's sessions are open: end some, or try again later.`);
			const now = clock.now();
			sessions.set(hash, { person, hardware, from, opened: now, seen: now, number: ++last });
		},
		find: (hash) => sessions.get(hash) ?? null,
		touch: (hash) => {
			const session = sessions.get(hash);
			if (session !== undefined) sessions.set(hash, { ...session, seen: clock.now() });
		},
		leave,
		end: (number) => endWhere((one) => one.number === number) > 0,
		endOf: (person) => endWhere((one) => one.person === person),
		list: () => [...sessions.values()].map(listed),
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

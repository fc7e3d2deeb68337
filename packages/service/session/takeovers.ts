import { type Instant, type Milliseconds, minutes } from '@keyward/core';
import { principalKey } from '@keyward/core/device';
import type { Clock, PrincipalName } from '@keyward/core/port';
import type { Counters } from '../log/counters.ts';
import type { Notices } from '../notice/notices.ts';
import { createFewLines } from '../log/few-lines.ts';
import type { Log } from '../log/log.ts';

/** Sessions that were taken over: one identity, opened again while it was open. */
export interface Takeovers {
	add(principal: PrincipalName): void;
	/** Who was taken over again and again of late, by name, and how often. */
	repeated(): { readonly principal: PrincipalName; readonly times: number }[];
}

/** A device on a bad line leaves half-open connections behind now and then; two that use one identity cut each other off. */
const REPEATED = 3;
const OF_LATE: Milliseconds = minutes(30);
/** Most principals that are remembered; beyond, the longest quiet is forgotten. */
const MOST = 10_000;

export const createTakeovers = (
	counters: Counters,
	log: Log,
	clock: Clock,
	notices?: Pick<Notices, 'see'>,
): Takeovers => {
	/** The last few of each, longest quiet first. */
	const seen = new Map<string, { readonly principal: PrincipalName; readonly times: readonly Instant[] }>();
	const mayWrite = createFewLines(clock.now);
	return {
		add: ({ kind, application, id }) => {
			const principal: PrincipalName = { kind, application, id };
			counters.add('taken-over');
			notices?.see('two-places', principal, 'its session was taken over again and again');
			const key = principalKey(principal);
			if (mayWrite(key)) log.warn('a session was taken over', { ...principal });
			const times = [...(seen.get(key)?.times ?? []), clock.now()].slice(-REPEATED);
			seen.delete(key);
			seen.set(key, { principal, times });
			const [oldest] = seen.keys();
			if (seen.size > MOST && oldest !== undefined) seen.delete(oldest);
		},
		repeated: () => {
			const since = clock.now() - OF_LATE;
			return [...seen.values()].flatMap(({ principal, times }) => {
				const recent = times.filter((time) => time >= since).length;
				return recent >= REPEATED ? [{ principal, times: recent }] : [];
			});
		},
	};
};

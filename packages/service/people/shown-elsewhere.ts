import type { Caller } from '@keyward/core/authorize';
import type { AuditStore, Clock } from '@keyward/core/port';

/** Places that are remembered as recorded: only who has a cookie adds one. */
const MOST = 1000;

/** CR 2.8: a cookie that is shown elsewhere than it was given was copied, or its person moved: recorded once for each place. */
export const recordElsewhere = (
	store: Pick<AuditStore, 'beginAction' | 'endAction'>,
	clock: Clock,
): ((who: string, shown: Extract<Caller, { kind: 'person' }>) => Promise<void>) => {
	const recorded = new Set<string>();
	return async (who, { session, place }) => {
		const input = JSON.stringify({ from: place.from, browser: place.browser });
		const key = `${session} ${input}`;
		if (recorded.has(key)) return;
		if (recorded.size >= MOST) recorded.clear();
		recorded.add(key);
		const at = clock.now();
		const entry = await store.beginAction({ at, who, operation: 'session.elsewhere', application: null, input });
		await store.endAction(entry, clock.now(), 'session-elsewhere');
	};
};

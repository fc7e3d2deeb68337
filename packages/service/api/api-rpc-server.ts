import { operations } from '@keyward/contract';
import { mostReadings } from '@keyward/contract/cursor';
import { type Milliseconds, seconds } from '@keyward/core';
import type { Allowed } from '@keyward/core/authorize';
import type { Clock, Store } from '@keyward/core/port';
import type { Cursors } from '../delivery/cursors.ts';
import type { Followers } from '../delivery/follow-decisions.ts';
import type { Deliveries } from '../delivery/deliveries.ts';
import type { Streams } from '../ingest/streams.ts';
import type { Taints } from '../incident/taints.ts';
import type { HandlersOf } from '../thread/channel.ts';
import type { ApiTopics, CallTopics } from './api-rpc.ts';
import type { Dispatch } from './dispatch.ts';
import type { Permit } from './permit.ts';
import { readingView } from './stream-view.ts';

/** How long a follower's question may stay open without news. */
const longestWait: Milliseconds = seconds(15);

/** How a follower was judged last. */
type Waits = Pick<Allowed, 'until' | 'principal'> & { readonly since: number };

interface ApiRpcDependencies {
	readonly dispatch: Dispatch;
	readonly permit: Permit;
	readonly store: Pick<Store, 'read'>;
	readonly streams: Streams;
	readonly deliveries: Deliveries;
	readonly followers: Pick<Followers, 'during'>;
	readonly cursors: Cursors;
	readonly taints: Taints;
	readonly clock: Clock;
}

/** The committer's answer to every operation. */
export const answerCalls = (dispatch: Dispatch): HandlersOf<CallTopics> =>
	// Every name has the same handler, which its own types fit; entries of an object lose which name is whose.
	Object.fromEntries(
		Object.values(operations).map(({ name }) => [
			name,
			({ input, caller, key }: CallTopics[typeof name][0]) => dispatch(name, input, caller, key),
		]),
	) as HandlersOf<CallTopics>;

/**
 * A page after the cursor; else, after waiting for one for a while, an empty page, and the follower asks again. So a reading
 * that thousands wait for costs each of them a turn in their lane, where it is judged again.
 */
export const answerFollow = ({
	permit,
	store,
	streams,
	deliveries,
	followers,
	cursors,
	taints,
	clock,
}: ApiRpcDependencies): HandlersOf<ApiTopics>['follow'] => {
	const page = async ({ name, after, caller }: ApiTopics['follow'][0]) => {
		const since = deliveries.judged();
		const { until, principal } = await permit(caller, 'readings.read', name);
		const live = streams.find(name);
		const from = cursors.read(after, live?.last ?? 0);
		const rows = live === undefined || live.last <= from ? [] : await store.read(live.id, from, mostReadings);
		return { since, until, principal, rows };
	};
	const judged = async ({ name, caller }: ApiTopics['follow'][0]) => {
		const since = deliveries.judged();
		return { since, ...(await permit(caller, 'readings.read', name)) };
	};
	return async (asked) => {
		const { rows, ...first } = await followers.during(page(asked));
		if (rows.length > 0) return rows.map(readingView(cursors, taints));
		const end = clock.now() + longestWait;
		for (let now: Waits = first; ; now = await followers.during(judged(asked))) {
			// live-revocation: judged here, and not when the follower asks again; who may read waits on, at no cost to its worker.
			const wait = Math.max(0, Math.min(end, now.until) - clock.now());
			if (!(await deliveries.advance({ name: asked.name, principal: now.principal, wait, since: now.since })))
				return [];
		}
	};
};

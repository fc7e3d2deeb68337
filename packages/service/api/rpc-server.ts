import { type Milliseconds, seconds } from '@keyward/core';
import type { Caller } from '@keyward/core/authorize';
import { mostReadings, type OperationName, type Operations, type ReadingView } from '@keyward/contract';
import type { Clock, Store } from '@keyward/core/port';
import type { Authority } from '../authority/authority.ts';
import type { DeviceLife } from '../enrolment/registrar.ts';
import type { Rollover } from '../authority/rollover.ts';
import type { FollowRequest } from './rpc-client.ts';
import { readingView } from './stream-view.ts';
import type { Dispatch } from './dispatch.ts';
import type { Permit } from './permit.ts';
import type { Handlers } from '../thread/channel.ts';
import { enrolmentAnswers } from '../enrolment/est-answers.ts';
import type { Followers } from '../delivery/followers.ts';
import type { Policies } from '../policy/policies.ts';
import type { Streams } from '../ingest/streams.ts';

/** How long a follower's question may stay open without news. */
const longestWait: Milliseconds = seconds(15);

/** The committer's answers to what a worker's `Door` asks. */
export const answerDoor = (
	dispatch: Dispatch,
	authority: Authority,
	life: DeviceLife,
	rollover: Rollover,
	policies: Policies,
	store: Store,
	streams: Streams,
	followers: Followers,
	permit: Permit,
	clock: Clock,
): Handlers => ({
	call: async <Name extends OperationName>(body: { name: Name; input: Operations[Name]['input']; caller: Caller }) =>
		dispatch(body.name, body.input, body.caller),
	...enrolmentAnswers(authority, life, policies, rollover),
	/**
	 * A page after the cursor; else, after waiting for one for a while, an empty page, and the follower asks again. So a reading
	 * that thousands wait for costs each of them a turn in their lane, where it is judged again.
	 */
	follow: async ({ name, after, caller }: FollowRequest): Promise<ReadingView[]> => {
		const page = async (): Promise<ReadingView[]> => {
			const live = streams.find(name);
			return live === undefined || live.last <= after
				? []
				: (await store.read(live.id, after, mostReadings)).map(readingView);
		};
		const { until } = await permit(caller, 'readings.read', name);
		const found = await page();
		if (found.length > 0) return found;
		await followers.advance(name, Math.min(longestWait, Math.max(0, until - clock.now())));
		return [];
	},
});

import type { Channel } from '../thread/channel.ts';
import { laneOf } from '../thread/caller-lane.ts';
import type { Lane } from '../thread/lanes.ts';
import type { ApiRpc, ApiTopics, CallTopics } from './api-rpc.ts';

/** The API as a worker calls it: each question goes to the committer's thread. `own` is the lane of what nobody in particular asks. */
export const openApiRpc = (channel: Channel<CallTopics> & Channel<ApiTopics>, own: Lane = 'strangers'): ApiRpc => {
	const calls: Channel<CallTopics> = channel;
	const rest: Channel<ApiTopics> = channel;
	return {
		call: (name, input, caller, key) =>
			calls.ask(name, { input, caller, ...(key !== undefined && { key }) }, [], laneOf(caller)),
		health: () => rest.ask('health', null, [], own),
		metrics: () => rest.ask('metrics', null, [], own),
		async *follow(name, after, caller, signal) {
			let cursor = after;
			while (!signal.aborted) {
				const page = await rest.ask('follow', { name, after: cursor, caller }, [], 'followers');
				cursor = page.at(-1)?.cursor ?? cursor;
				if (page.length > 0) yield page;
			}
		},
	};
};

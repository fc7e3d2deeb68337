import { judgeRead } from '@keyward/core/authorize';
import { decodeRecord } from '@keyward/core/observe';
import type { Policy } from '@keyward/core/policy';
import type { ReadingView, StreamSummary } from '@keyward/contract';
import type { Clock, ReadingStore, Row, StreamState } from '@keyward/core/port';
import type { Grants } from '../policy/grants.ts';
import type { Policies } from '../policy/policies.ts';
import type { Streams } from '../ingest/streams.ts';
import type { Answers } from './answers.ts';

/** Most rows that one page holds. */
export const pageLimit = 1000;

/** How a stream is shown to somebody who may read it. */
export const summarise = (state: StreamState, policy: Policy | null): StreamSummary => ({
	application: state.application,
	device: state.device,
	stream: state.stream,
	unit: policy?.streams.get(state.stream)?.unit ?? '',
	last: state.last,
	newest: state.latest,
});

export const viewOf = ({ cursor, time, payload }: Row): ReadingView => ({ cursor, time, ...decodeRecord(payload) });

/** Streams and readings; that the caller may read the stream was decided before. */
export const streamAnswers = ({
	store,
	policies,
	grants,
	streams,
	clock,
}: StreamDependencies): Answers<'streams.list' | 'readings.read'> => ({
	'streams.list': async (_input, { principal }) => {
		if (principal === null) return [];
		const policy = policies.policyOf(principal.application);
		return (await store.streams(principal.application))
			.filter((state) => judgeRead(principal, state, policy, grants.covering(principal, state), clock.now()).allowed)
			.map((state) => summarise(state, policy));
	},
	'readings.read': async ({ application, device, stream, after, limit }) => {
		const live = streams.find({ application, device, stream });
		const rows = live === undefined ? [] : await store.read(live.id, after, Math.min(limit, pageLimit));
		return { readings: rows.map(viewOf), next: rows.at(-1)?.cursor ?? after };
	},
});

interface StreamDependencies {
	readonly store: ReadingStore;
	readonly policies: Policies;
	readonly grants: Grants;
	readonly streams: Streams;
	readonly clock: Clock;
}

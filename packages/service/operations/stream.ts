import { type Instant, Problem } from '@keyward/core';
import { judgeRead } from '@keyward/core/authorize';
import { decodeRecord } from '@keyward/core/observe';
import type { Policy } from '@keyward/core/policy';
import type { Clock, ReadingView, Row, Store, StreamName, StreamState, StreamSummary } from '@keyward/core/port';
import type { Caller } from '../api/rpc.ts';
import type { Grants } from '../policy/grants.ts';
import type { Policies } from '../policy/policies.ts';
import type { Identify } from '../session/identify.ts';
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
	newest: state.newest,
});

export const viewOf = ({ cursor, time, record }: Row): ReadingView => ({ cursor, time, ...decodeRecord(record) });

/**
 * Throws unless the caller may read the stream now; gives the moment at which that ends of itself. Judged at every call;
 * nothing is remembered between two.
 */
export type Admittance = (caller: Caller, name: StreamName) => Promise<Instant>;

export const createAdmittance =
	(identify: Identify, policies: Policies, grants: Grants, clock: Clock): Admittance =>
	async (caller, name) => {
		const principal = await identify(caller);
		const policy = policies.policyOf(name.application);
		const decision = judgeRead(principal, name, policy, grants.covering(principal, name), clock.now());
		if (!decision.allowed) throw new Problem(decision.refusal.code, decision.refusal.reason);
		return decision.until;
	};

/** Streams and readings, to those who may read them. */
export const streamAnswers = (
	store: Store,
	policies: Policies,
	grants: Grants,
	streams: Streams,
	identify: Identify,
	admit: Admittance,
	clock: Clock,
): Answers<'streams.list' | 'readings.read'> => ({
	'streams.list': async (_input, caller) => {
		const principal = await identify(caller);
		const policy = policies.policyOf(principal.application);
		return (await store.streams(principal.application))
			.filter((state) => judgeRead(principal, state, policy, grants.covering(principal, state), clock.now()).allowed)
			.map((state) => summarise(state, policy));
	},
	'readings.read': async ({ application, device, stream, after, limit }, caller) => {
		const name = { application, device, stream };
		await admit(caller, name);
		const live = streams.find(name);
		const rows = live === undefined ? [] : await store.read(live.id, after, Math.min(limit, pageLimit));
		return { readings: rows.map(viewOf), next: rows.at(-1)?.cursor ?? after };
	},
});

import type { ProvedNetwork } from '../thread/proved-network.ts';
import type { OperationName, Operations, RowView, SiteHealth } from '@keyward/contract';
import type { Caller } from '@keyward/core/authorize';
import type { StreamName } from '@keyward/core/port';
import type { Dispatch } from './dispatch.ts';

/** What a listener can ask of the committer's thread. Every method throws `Problem` with the code that the peer is told. */
export interface ApiRpc {
	readonly call: Dispatch;
	/** Whether the site can do its work at this moment. */
	health(): Promise<SiteHealth>;
	/** Metrics of the service in Prometheus' text format. */
	metrics(): Promise<string>;
	/**
	 * Readings of a stream after the cursor, and then as they come, until aborted. Ends by throwing when the grant or
	 * the certificate stops being good. Nothing is queued: the next page is fetched when the last was consumed.
	 */
	follow(name: StreamName, after: string, caller: Caller, signal: AbortSignal): AsyncIterable<readonly RowView[]>;
}

/** One operation is one topic. */
export type CallTopics = {
	readonly [Name in OperationName]: readonly [
		ask: { readonly input: Operations[Name]['input']; readonly caller: Caller; readonly key?: string },
		answer: Operations[Name]['output'],
	];
};

/** What else the API asks. */
export interface ApiTopics {
	readonly health: readonly [ask: null, answer: SiteHealth];
	readonly metrics: readonly [ask: null, answer: string];
	/** A page of readings, or an empty one after a while; the follower asks again. */
	readonly follow: readonly [
		ask: { readonly name: StreamName; readonly after: string; readonly caller: Caller },
		answer: readonly RowView[],
	];
}

/** News of a listener's worker. */
export interface ListenerNews {
	/** Codes of refusals, and how often each came. */
	readonly counters: readonly [news: readonly (readonly [code: string, times: number])[], answer: void];
	/** Networks from which somebody came with a certificate. */
	readonly networks: readonly [news: readonly ProvedNetwork[], answer: void];
	readonly ready: readonly [news: { readonly ports: readonly number[] }, answer: void];
}

import type { Instant, Milliseconds } from '@keyward/core';
import type { StoredSession, StoredSubscription, LastMessage, PrincipalName } from '@keyward/core/port';
import type { InFlight, Progress, SessionState } from '../thread/link-messages.ts';

/** What a session has beyond its connection (MQTT 5 §4.1): kept in memory, and what must outlive the service in the store. */
export interface ResumableSession {
	readonly principal: PrincipalName;
	readonly clientId: string;
	/** Number of the live session that it belongs to, or belonged to last; 0 when that was before the start. */
	readonly session: number;
	expiry: Milliseconds;
	/** When its connection ended; null while it is open. */
	disconnected: Instant | null;
	readonly subscriptions: Map<string, StoredSubscription>;
	readonly progress: Map<number, Progress>;
	/** In memory alone: after a restart they are sent again as new messages. */
	inFlight: readonly InFlight[];
	will: LastMessage | null;
	/** Until then its will waits, whatever its delay: the service itself had cut its connection. */
	grace: Instant;
}

/** When its will is to be published, if nobody takes the session up before. */
export const lastMessageDue = ({ disconnected, expiry, will, grace }: ResumableSession): Instant =>
	will === null || disconnected === null
		? Number.POSITIVE_INFINITY
		: // [MQTT-3.1.2-8], [MQTT-3.1.3-9]: after its delay, or when the session ends, whichever is first.
			Math.max(disconnected + Math.min(will.delay, expiry), grace);

/** When it is over. */
export const endDue = (kept: ResumableSession): Instant =>
	kept.disconnected === null
		? Number.POSITIVE_INFINITY
		: Math.max(kept.disconnected + kept.expiry, kept.will === null ? 0 : kept.grace);

/** What of it outlives the service. */
export const toStore = (kept: ResumableSession): StoredSession => ({
	principal: kept.principal,
	clientId: kept.clientId,
	expiry: kept.expiry,
	disconnected: kept.disconnected,
	subscriptions: [...kept.subscriptions.values()],
	cursors: Array.from(kept.progress.values(), ({ stream, acknowledged }) => ({ stream, cursor: acknowledged })),
	will: kept.will,
});

/** What is in flight belongs to the connection from now on, until it gives it back. */
export const handOut = (kept: ResumableSession): SessionState => {
	const state = { progress: [...kept.progress.values()], inFlight: kept.inFlight };
	kept.inFlight = [];
	for (const { stream, acknowledged } of state.progress) {
		kept.progress.set(stream, { stream, acknowledged, sent: acknowledged });
	}
	return state;
};

export const nothingKept: SessionState = { progress: [], inFlight: [] };

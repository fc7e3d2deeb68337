import type { ReadingStore } from '@keyward/core/port';
import type { Taints } from './incident/taints.ts';
import type { Readings } from './ingest/readings.ts';
import type { Channel, Handlers } from './thread/channel.ts';
import type { Commands } from './delivery/commands.ts';
import type { ResumableSessions } from './session/resumable-sessions.ts';
import type {
	Acknowledgements,
	Batch,
	CloseSession,
	CommandDelivered,
	CommandReceipt,
	CommandRequest,
	GivenRefusals,
	OpenSession,
	PageRequest,
	ProgressEvent,
	PushedRow,
	Subscribe,
	Unsubscribe,
} from './thread/link-messages.ts';
import { fenced } from './session/session-end.ts';
import type { Sessions } from './session/sessions.ts';
import type { Streams } from './ingest/streams.ts';
import type { NetworkRecord } from './tls/network-record.ts';
import type { Subscriptions } from './delivery/subscriptions.ts';

/** What the committer's side of the links is made of. */
export interface LinkAnswersOptions {
	readonly store: Pick<ReadingStore, 'read'>;
	readonly sessions: Sessions;
	readonly resumable: ResumableSessions;
	readonly subscriptions: Subscriptions;
	readonly commands: Commands;
	readonly streams: Streams;
	readonly readings: Readings;
	readonly taints: Taints;
	readonly refused: (given: GivenRefusals) => void;
	readonly count: (counted: readonly (readonly [string, number])[]) => void;
	readonly acknowledged: (news: Acknowledgements) => void;
	readonly networks: Pick<NetworkRecord, 'came'>;
}

/** The committer's answers to a link worker. A session that is over gets nothing (CR 2.1). */
export const answerLinks = (side: LinkAnswersOptions, channel: () => Channel): Handlers => {
	const { sessions, resumable, subscriptions, commands, streams, store } = side;
	return {
		open: (request: OpenSession) => sessions.open(channel(), request),
		close: (end: CloseSession) => sessions.close(end),
		batch: ({ bytes, duplicates }: Batch) => side.readings.take(bytes, duplicates),
		subscribe: ({ session, subscriptions: asked }: Subscribe) => {
			const live = sessions.get(session);
			return live === undefined ? asked.map(() => null) : subscriptions.subscribe(live, asked);
		},
		unsubscribe: async ({ session, filters }: Unsubscribe) => {
			const live = sessions.get(session);
			if (live !== undefined) await subscriptions.unsubscribe(live, filters);
		},
		progress: ({ session, progress }: ProgressEvent) => resumable.progress(session, progress),
		page: async ({ session, wants }: PageRequest): Promise<PushedRow[][]> => {
			const pages: PushedRow[][] = [];
			for (const { stream, after, limit } of wants) {
				// Looked at again for each: a right may end between two.
				const live = sessions.get(session);
				const may = live !== undefined && subscriptions.reaches(live, stream);
				const rows = may ? await store.read(stream, after, limit) : [];
				const flags = streams.byId(stream)?.flags ?? 0;
				pages.push(
					rows.map(({ cursor, time, type, payload }) => ({
						...{ cursor, time, type, payload, flags },
						...(side.taints.has(stream, cursor) && { tainted: true }),
					})),
				);
			}
			return pages;
		},
		commands: ({ session, after, limit }: CommandRequest) => {
			const live = sessions.get(session);
			return live === undefined ? [] : commands.take(live, after, limit);
		},
		delivered: ({ session, id, accepted }: CommandDelivered) => {
			const live = sessions.get(session);
			return live === undefined ? undefined : commands.delivered(live, id, accepted);
		},
		receipt: ({ session, receipt }: CommandReceipt) => {
			const live = sessions.get(session);
			return live === undefined ? fenced : commands.receipt(live, receipt);
		},
		counters: side.count,
		refused: side.refused,
		acknowledgements: side.acknowledged,
		networks: side.networks.came,
	};
};

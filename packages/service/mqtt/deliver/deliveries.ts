import type { Cursor } from '@keyward/core/port';
import type { FollowedStream, InFlight } from '../../thread/link-messages.ts';

/** A stream that a connection receives, and how far it has. */
export interface Follow {
	readonly stream: FollowedStream;
	readonly qos: 0 | 1;
	/** Deliveries carry the RETAIN flag that the reading was published with (MQTT 5 §3.8.3.1). */
	readonly retainAsPublished: boolean;
	cursor: Cursor;
	/** The last cursor known to be durable. */
	last: Cursor;
	/** What was sent on the session's connection before and not acknowledged (MQTT 5 §4.4); null when there is nothing. */
	again: { readonly sent: Cursor; readonly identifiers: Map<Cursor, number> } | null;
}

/** One reading that is to be delivered by itself: as its stream's retained message, or again after a subscription ended. */
export interface Single {
	readonly stream: FollowedStream;
	readonly cursor: Cursor;
	readonly qos: 0 | 1;
	/** Of the delivery that was begun on the session's connection before; null when there was none. */
	readonly identifier: number | null;
	readonly retained: boolean;
}

/** Commands that a connection receives. */
export interface CommandFollow {
	readonly qos: 0 | 1;
	/** Number of the last one written. */
	after: number;
	/** There may be more. */
	waiting: boolean;
	asking: boolean;
	/** Identifiers of those that were sent on the session's connection before. */
	readonly again: Map<string, number>;
}

/** A subscription of a connection. */
export interface Filter {
	readonly qos: 0 | 1;
	readonly retainAsPublished: boolean;
	streams: readonly FollowedStream[];
	readonly commands: boolean;
	readonly rosters: boolean;
}

/** What a connection receives. Made when it asks for something: eight tables for each of ten thousand devices that only send are 16 MB. */
export interface Deliveries {
	readonly filters: Map<string, Filter>;
	readonly follows: Map<number, Follow>;
	/** Streams of `follows` that lack something. */
	readonly lagging: Set<number>;
	/** Readings that are to be delivered by themselves, in turn; one of a stream, and those that are sent again. */
	readonly singles: Map<string, Single>;
	commands: CommandFollow | null;
	/** Deliveries that the peer has not acknowledged, in the order of their sending. */
	readonly unacknowledged: Map<number, InFlight>;
	/** Identifiers kept for what is sent again. */
	readonly reserved: Set<number>;
	/** Streams whose progress the committer has not heard of. */
	readonly progressed: Set<number>;
	nextIdentifier: number;
	/** A page is on its way for this connection. */
	paging: boolean;
}

const newDeliveries = (): Deliveries => ({
	filters: new Map(),
	follows: new Map(),
	lagging: new Set(),
	singles: new Map(),
	commands: null,
	unacknowledged: new Map(),
	reserved: new Set(),
	progressed: new Set(),
	nextIdentifier: 1,
	paging: false,
});

/** Made when it is first asked for. */
export const deliveriesOf = (connection: { deliveries: Deliveries | null }): Deliveries =>
	(connection.deliveries ??= newDeliveries());

/** Nothing waits twice, however often it is asked for. */
export const addSingle = ({ singles }: Deliveries, single: Single): void =>
	void singles.set(single.identifier === null ? `retained ${single.stream.id}` : `again ${single.identifier}`, single);

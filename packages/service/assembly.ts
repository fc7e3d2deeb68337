import type { Dispatch } from './api/dispatch.ts';
import type { Listening } from './policy/listeners.ts';
import type { Status } from './revocation/status.ts';
import type { Channel, Handlers } from './thread/channel.ts';
import type { TlsMaterial } from './thread/link-messages.ts';
import type { NetworkRecord } from './tls/network-record.ts';

/** The committer's side of a site, put together and not listening yet. */
export interface Assembly {
	/** Answers for a link worker's channel, and for the HTTPS worker's. */
	linkHandlers(channel: () => Channel): Handlers;
	apiHandlers(): Handlers;
	/** A worker that serves event streams. */
	servesFollowers(worker: Channel): void;
	tls(): TlsMaterial;
	/** Where devices came from, for the threads that listen. */
	readonly networks: Pick<NetworkRecord, 'atStart' | 'onRevoked'>;
	/** Told when the TLS material changed. */
	onTls(listener: (material: TlsMaterial) => void): void;
	/** `ports`: all that its settings open. */
	announce(urls: Listening, ports: readonly number[]): void;
	readonly dispatch: Dispatch;
	/** What the plain HTTP listener tells; null where none is wanted. */
	readonly status: Status | null;
	/** News of a worker: codes, and how often each came. */
	count(counted: readonly (readonly [string, number])[]): void;
	lostWorker(channel: Channel): void;
	/** Before the listeners: what they end from now on waits for the next start. */
	closing(): void;
	/** After the listeners: finishes what is under way and closes the store. */
	close(): Promise<void>;
}

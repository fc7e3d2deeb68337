import type { Bytes, Refusal } from '@keyward/core';
import type { Admitted } from '@keyward/core/observe';

/** Collects messages and their records for the committer, and answers them when it has decided. */
export interface Batcher<Peer> {
	/** Begins a message, `bytes` long; `identifier` is 0 for QoS 0. Gives its index in the batch under way. */
	begin(peer: Peer, identifier: number, bytes: Bytes): number;
	add(session: number, stream: number, message: number, record: Admitted, flags: number): void;
	/** What gathers goes to the committer now. */
	flush(): void;
	refuse(message: number, refusal: Refusal): void;
}

import type { Cursor, ReadingView } from '@keyward/core/port';
import type { Channel } from '../live/channel.ts';
import type { Caller, Door } from '../live/door.ts';

/** What `Door.follow` asks, page by page. */
export interface FollowRequest {
	readonly name: Parameters<Door['follow']>[0];
	readonly after: Cursor;
	readonly caller: Caller;
}

/** The door of a worker: each question goes to the committer's thread and its answer comes back. */
export const openDoor = (channel: Channel): Door => ({
	call: (name, input, caller) => channel.ask('call', { name, input, caller }) as never,
	caCertificates: () => channel.ask('caCertificates', null) as Promise<Uint8Array[]>,
	enrol: (csr, token) => channel.ask('enrol', { csr, token }) as Promise<Uint8Array[]>,
	renew: (csr, caller) => channel.ask('renew', { csr, caller }) as Promise<Uint8Array[]>,
	async *follow(name, after, caller, signal) {
		let cursor = after;
		while (!signal.aborted) {
			const page = (await channel.ask('follow', {
				name,
				after: cursor,
				caller,
			} satisfies FollowRequest)) as ReadingView[];
			cursor = page.at(-1)?.cursor ?? cursor;
			if (page.length > 0) yield page;
		}
	},
});

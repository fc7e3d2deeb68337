import type { Cursor, ReadingView, SiteHealth } from '@keyward/core/port';
import type { Challenge } from '../lives/attesting.ts';
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
	health: () => channel.ask('health', null) as Promise<SiteHealth>,
	metrics: () => channel.ask('metrics', null) as Promise<string>,
	caCertificates: (label, caller) => channel.ask('caCertificates', { label, caller }) as Promise<Uint8Array[]>,
	csrAttributes: (label) => channel.ask('csrAttributes', { label }) as Promise<Uint8Array>,
	challenge: (request, by, binding, label) =>
		channel.ask('challenge', { request, by, binding, label }) as Promise<Challenge>,
	endorse: (certificates, by, binding, label) =>
		channel.ask('endorse', { certificates, by, binding, label }) as Promise<void>,
	appraise: (statement, binding) => channel.ask('appraise', { statement, binding }) as Promise<void>,
	requireToken: (token) => channel.ask('token', token) as Promise<void>,
	enrol: (request, token, label, binding) =>
		channel.ask('enrol', { request, token, label, binding }) as Promise<Uint8Array[]>,
	renew: (request, caller, label, binding) =>
		channel.ask('renew', { request, caller, label, binding }) as Promise<Uint8Array[]>,
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

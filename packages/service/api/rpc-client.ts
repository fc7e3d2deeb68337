import type { ReadingView, SiteHealth } from '@keyward/contract';
import type { Cursor } from '@keyward/core/port';
import type { Challenge, ClientProof } from '../enrolment/attestation.ts';
import type { Channel } from '../thread/channel.ts';
import type { Caller } from '@keyward/core/authorize';
import type { Door } from './rpc.ts';
import type { Lane } from '../thread/lanes.ts';

/** What `Door.follow` asks, page by page. */
export interface FollowRequest {
	readonly name: Parameters<Door['follow']>[0];
	readonly after: Cursor;
	readonly caller: Caller;
}

/** Who asks decides how soon it is answered. */
const laneOf = ({ kind }: Caller): Lane =>
	kind === 'operator' ? 'operator' : kind === 'certificate' ? 'certificates' : 'strangers';

const laneOfProof = (by: ClientProof): Lane => ('certificate' in by ? 'certificates' : 'strangers');

/**
 * The door of a worker: each question goes to the committer's thread and its answer comes back. `own` is the lane of what nobody
 * in particular asks, as health.
 */
export const openDoor = (channel: Channel, own: Lane = 'strangers'): Door => {
	const ask = (topic: string, lane: Lane, body: unknown): Promise<unknown> => channel.ask(topic, body, [], lane);
	return {
		call: (name, input, caller) => ask('call', laneOf(caller), { name, input, caller }) as never,
		health: () => ask('health', own, null) as Promise<SiteHealth>,
		metrics: () => ask('metrics', own, null) as Promise<string>,
		caCertificates: (label, caller) =>
			ask('caCertificates', laneOf(caller), { label, caller }) as Promise<Uint8Array[]>,
		csrAttributes: (label) => ask('csrAttributes', 'strangers', { label }) as Promise<Uint8Array>,
		challenge: (request, by, binding, label) =>
			ask('challenge', laneOfProof(by), { request, by, binding, label }) as Promise<Challenge>,
		endorse: (certificates, by, binding, label) =>
			ask('endorse', laneOfProof(by), { certificates, by, binding, label }) as Promise<void>,
		appraise: (statement, binding) => ask('appraise', 'strangers', { statement, binding }) as Promise<void>,
		requireToken: (token) => ask('token', 'strangers', token) as Promise<void>,
		enrol: (request, token, on) => ask('enrol', 'strangers', { request, token, on }) as Promise<Uint8Array[]>,
		renew: (request, caller, on) => ask('renew', laneOf(caller), { request, caller, on }) as Promise<Uint8Array[]>,
		async *follow(name, after, caller, signal) {
			let cursor = after;
			while (!signal.aborted) {
				const question: FollowRequest = { name, after: cursor, caller };
				const page = (await ask('follow', 'followers', question)) as ReadingView[];
				cursor = page.at(-1)?.cursor ?? cursor;
				if (page.length > 0) yield page;
			}
		},
	};
};

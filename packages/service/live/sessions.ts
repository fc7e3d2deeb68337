import type { Instant, Refusal } from '@keyward/core';
import { judgeSession, type SessionDecision } from '@keyward/core/authorize';
import type { Policy } from '@keyward/core/policy';
import type { Clock, PrincipalName, Store } from '@keyward/core/port';
import type { Channel } from './channel.ts';
import type { CutSession, OpenSession, RightsChanged, SessionAnswer, SessionRights } from './link-messages.ts';
import { observeLink } from './identify.ts';
import type { Observations } from './observations.ts';
import type { Policies } from './policies.ts';
import type { Streams } from './streams.ts';

/** A session as the committer holds it. */
export interface LiveSession {
	readonly id: number;
	readonly worker: Channel;
	readonly fingerprint: Uint8Array;
	readonly link: OpenSession['link'];
	readonly principal: PrincipalName;
	/** Ids of the streams that it may write. */
	writes: ReadonlySet<number>;
	/** When it has to be judged again at the latest. */
	until: Instant;
}

/** Every live session: one for each certificate identity, the newest. */
export interface Sessions {
	open(worker: Channel, request: OpenSession): Promise<SessionAnswer>;
	close(session: number): void;
	get(session: number): LiveSession | undefined;
	of(principal: PrincipalName): LiveSession | undefined;
	all(): Iterable<LiveSession>;
	fence(session: number, stream: number): Refusal | null;
	cut(session: LiveSession, refusal: Refusal): void;
	/**
	 * Judges again every session that `which` picks; cuts those that are no longer good. Gives how many were cut, once their
	 * workers act on it.
	 */
	rejudge(which: (session: LiveSession) => boolean): Promise<number>;
	/** A worker is gone, and its sockets with it. */
	dropWorker(worker: Channel): void;
}

export const fenced: Refusal = {
	code: 'not-authenticated',
	requirement: 'deny-by-default',
	reason: 'the session is over; connect again',
};

const takenOver: Refusal = {
	code: 'taken-over',
	requirement: 'unique-key',
	reason: 'another session was opened with the same identity',
};

const keyOf = ({ application, kind, id }: PrincipalName): string => `${application}/${kind}/${id}`;

export const createSessions = (
	store: Store,
	policies: Policies,
	streams: Streams,
	observations: Observations,
	clock: Clock,
	onClosed: (session: LiveSession) => void,
): Sessions => {
	const byId = new Map<number, LiveSession>();
	const byIdentity = new Map<string, LiveSession>();
	let last = 0;
	/** Counts what may have changed a decision, so that a session opened meanwhile is judged again. */
	let changes = 0;

	const forget = (session: LiveSession): void => {
		if (!byId.delete(session.id)) return;
		const key = keyOf(session.principal);
		if (byIdentity.get(key) === session) byIdentity.delete(key);
		onClosed(session);
	};

	/** After everything that was answered in this turn: news of a session must not overtake the answer that opened it. */
	const tell = ({ worker }: LiveSession, topic: 'cut' | 'rights', news: CutSession | RightsChanged): void =>
		void setImmediate(() => worker.tell(topic, news));

	/** Resolves when the workers have taken all news up to now. */
	const heard = async (workers: ReadonlySet<Channel>): Promise<void> => {
		await new Promise((resolve) => setImmediate(resolve));
		await Promise.all(Array.from(workers, (worker) => worker.ask('heard', null)));
	};

	const cut = (session: LiveSession, refusal: Refusal): void => {
		tell(session, 'cut', { session: session.id, refusal });
		forget(session);
	};

	const judge = async (
		fingerprint: Uint8Array,
		link: OpenSession['link'],
	): Promise<{ decision: SessionDecision; principal: PrincipalName | null; className: string | null }> => {
		const certificate = await store.certificate(fingerprint);
		const principal = certificate === null ? null : await store.principal(certificate.principal);
		const policy = principal === null ? null : policies.policyOf(principal.application);
		const decision = judgeSession({ certificate, principal, policy, link }, clock.now());
		return { decision, principal, className: principal?.class ?? null };
	};

	const rightsOf = async (session: number, principal: PrincipalName, className: string | null, policy: Policy) => {
		const names = principal.kind === 'device' ? (policy.devices.get(className ?? '')?.streams ?? []) : [];
		const written: SessionRights['streams'][number][] = [];
		for (const name of names) {
			const terms = policy.streams.get(name);
			if (terms === undefined) continue;
			const stream = await streams.open({ application: principal.application, device: principal.id, stream: name });
			written.push({ id: stream.id, terms });
		}
		const { application, kind, id } = principal;
		return {
			session,
			principal: { application, kind, id },
			streams: written,
			parameters: policy.parameters,
		} satisfies SessionRights;
	};

	const open: Sessions['open'] = async (worker, request) => {
		const fingerprint = Uint8Array.from(Buffer.from(request.fingerprint, 'hex'));
		const id = ++last;
		const seen = changes;
		const { decision, principal, className } = await judge(fingerprint, request.link);
		const policy = principal === null ? null : policies.policyOf(principal.application);
		if (decision.refusals.length > 0 || principal === null || policy === null) {
			return { refusals: decision.refusals };
		}
		const rights = await rightsOf(id, principal, className, policy);
		if (seen !== changes) return open(worker, request);
		const before = byIdentity.get(keyOf(principal));
		if (before !== undefined) cut(before, takenOver);
		const session: LiveSession = {
			id,
			worker,
			fingerprint,
			link: request.link,
			principal: rights.principal,
			writes: new Set(rights.streams.map((stream) => stream.id)),
			until: decision.until,
		};
		byId.set(id, session);
		byIdentity.set(keyOf(principal), session);
		observeLink(observations, rights.principal, request.link, clock.now());
		return rights;
	};

	return {
		open,
		cut,
		close: (id) => {
			const session = byId.get(id);
			if (session !== undefined) forget(session);
		},
		get: (id) => byId.get(id),
		of: (principal) => byIdentity.get(keyOf(principal)),
		all: () => byId.values(),
		fence: (id, stream) => (byId.get(id)?.writes.has(stream) === true ? null : fenced),
		rejudge: async (which) => {
			changes++;
			let count = 0;
			const judged = [...byId.values()].filter(which);
			for (const session of judged) {
				const { decision, principal, className } = await judge(session.fingerprint, session.link);
				if (!byId.has(session.id)) continue;
				const policy = principal === null ? null : policies.policyOf(principal.application);
				const [refusal] = decision.refusals;
				if (refusal !== undefined || principal === null || policy === null) {
					cut(session, refusal ?? fenced);
					count++;
					continue;
				}
				const rights = await rightsOf(session.id, principal, className, policy);
				if (!byId.has(session.id)) continue;
				session.writes = new Set(rights.streams.map((stream) => stream.id));
				session.until = decision.until;
				tell(session, 'rights', { session: session.id, rights });
			}
			await heard(new Set(judged.map(({ worker }) => worker)));
			return count;
		},
		dropWorker: (worker) => {
			for (const session of [...byId.values()]) if (session.worker === worker) forget(session);
		},
	};
};

import type { Milliseconds, Refusal } from '@keyward/core';
import { nextState, principalKey } from '@keyward/core/device';
import type { TimeBounds } from '@keyward/core/observe';
import { admissionParameters, type Policy } from '@keyward/core/policy';
import type { Clock, IssuedCertificate } from '@keyward/core/port';
import { allHeard, unlessOver } from '../thread/all-heard.ts';
import type { Channel } from '../thread/channel.ts';
import { sessionJudge } from './judge-session.ts';
import type { SessionRegistry } from './remembered-registry.ts';
import { rightsOf } from './session-rights.ts';
import { handOut, nothingKept } from './resumable-session.ts';
import type { SessionLeases } from './session-leases.ts';
import type { ResumableSessions } from './resumable-sessions.ts';
import type { LiveSession, Resume, Resumed, Sessions, SessionEvents, WouldCut } from './live-session.ts';
import { takenOver } from './live-session.ts';
import { fenced } from './session-end.ts';
import type {
	CutSession,
	Handover,
	OpenSession,
	PolicyEvent,
	RightsChanged,
	SessionAnswer,
	SessionState,
} from '../thread/link-messages.ts';
import { observeLink } from '../evidence/observe-link.ts';
import type { Observations } from '../evidence/observations.ts';
import type { Policies } from '../policy/policies.ts';
import type { RostersOf, SealedRows } from '../ingest/sealed-rows.ts';
import type { Streams } from '../ingest/streams.ts';
import { createKeyedLine } from '../thread/keyed-line.ts';
import { admitLastMessage, foreignWill } from './last-message.ts';

export type { LiveSession, SessionEvents, Sessions } from './live-session.ts';

/** How long a worker has to hand over a session's state before its deliveries are taken as new ones. */
const handOverPatience: Milliseconds = 2000;

const nothingResumed: Resumed = { subscriptions: [], dropped: [], begun: [] };

export interface SessionsOptions {
	readonly store: SessionRegistry;
	readonly policies: Policies;
	readonly streams: Streams;
	readonly resumable: ResumableSessions;
	readonly leases: SessionLeases;
	readonly resume: Resume;
	readonly observations: Observations;
	/** Whether the CA that issued the certificate counts. */
	readonly issuerCounts: (certificate: IssuedCertificate) => boolean;
	/** The owner's rosters of an application, the one in force first; the same array until they change. */
	readonly rostersOf: RostersOf;
	readonly sealedRows: SealedRows;
	readonly bounds: TimeBounds;
	readonly clock: Clock;
	readonly events: SessionEvents;
	report(error: unknown): void;
}

export const createSessions = (options: SessionsOptions): Sessions => {
	const { store, policies, resumable, leases, resume, observations, bounds, clock, events, report } = options;
	const byId = new Map<number, LiveSession>();
	const byIdentity = new Map<string, LiveSession>();
	/** Of one identity: each waits with a will of up to 64 KiB. */
	const inTurn = createKeyedLine(16);
	/** The policy of each application that a worker knows. */
	const told = new WeakMap<Channel, Map<string, readonly [Policy, readonly Uint8Array[]]>>();
	const workers = new Set<Channel>();
	let last = 0;
	/** Counts what may have changed a decision, so that a session opened meanwhile is judged again. */
	let changes = 0;

	const forget = (session: LiveSession): void => {
		if (!byId.delete(session.id)) return;
		const key = principalKey(session.principal);
		if (byIdentity.get(key) === session) byIdentity.delete(key);
		events.onClosed(session);
	};

	/** After everything that was answered in this turn: news of a session must not overtake the answer that opened it. */
	const tell = ({ worker }: LiveSession, topic: 'cut' | 'rights', news: CutSession | RightsChanged): void =>
		void setImmediate(() => worker.tell(topic, news));

	/** Terms and parameters go to a worker once for each policy epoch, not with each session. */
	const tellPolicy = (worker: Channel, { application, streams: terms }: Policy): void => {
		const policy = policies.mustHave(application);
		const rosters = options.rostersOf(application);
		const known = told.get(worker) ?? new Map<string, readonly [Policy, readonly Uint8Array[]]>();
		const before = known.get(application);
		if (before?.[0] === policy && before[1] === rosters) return;
		told.set(worker, known.set(application, [policy, rosters]));
		const parameters = admissionParameters(policy);
		worker.tell('policy', { application, parameters, streams: terms, rosters } satisfies PolicyEvent);
	};

	/** Resolves when the workers have taken all news up to now. */
	const heard = async (workers: ReadonlySet<Channel>): Promise<void> => {
		await new Promise((resolve) => setImmediate(resolve));
		await allHeard(workers);
	};

	const cut = (session: LiveSession, refusal: Refusal): void => {
		tell(session, 'cut', { session: session.id, refusal });
		forget(session);
		if (refusal !== takenOver) events.onCut(session);
		resumable.lost(session.id);
	};

	const judge = sessionJudge(options);

	/**
	 * The older connection ends, once what it sent before is decided; what it has of its deliveries comes along where the newer takes
	 * the session up.
	 */
	const takeOver = async (before: LiveSession, request: OpenSession): Promise<void> => {
		const { id: session, worker } = before;
		const asked = unlessOver(worker, worker.ask('handover', { session, refusal: takenOver } satisfies Handover));
		const late = new Promise<SessionState>((resolve) => {
			setTimeout(() => resolve(nothingKept), handOverPatience).unref();
		});
		const state = (await Promise.race([asked, late])) as SessionState | null;
		const kept = resumable.ofSession(before.id);
		if (kept === undefined || !resumable.resumes(before.principal, request)) {
			cut(before, takenOver);
			return;
		}
		if (state !== null) resumable.leave(kept, state);
		forget(before);
	};

	const openInTurn = async (worker: Channel, fingerprint: Uint8Array, given: OpenSession): Promise<SessionAnswer> => {
		const id = ++last;
		let seen;
		let judged;
		let rights;
		do {
			seen = changes;
			judged = await judge(fingerprint, given.link);
			if (judged.admitted === null) return { refusals: judged.decision.refusals };
			rights = await rightsOf(id, judged.admitted, judged.decision.despite, options);
		} while (seen !== changes);
		const [{ policy }, { principal }] = [judged.admitted, rights];
		const willPassedOver = given.will === null ? null : foreignWill(given.will, principal);
		if (willPassedOver !== null) events.onWillPassedOver(principal);
		const request = willPassedOver === null ? given : { ...given, will: null };
		if (request.will !== null) {
			const own = rights.streams.map(({ name }) => name);
			const { refusal } = admitLastMessage(request.will, principal, own, policy, bounds, rights.since, clock.now());
			if (refusal !== null) return { refusals: [refusal] };
		}
		const fence = await leases.take(principal);
		const before = byIdentity.get(principalKey(principal));
		if (before !== undefined) {
			events.onTakenOver(principal);
			await takeOver(before, request);
		}
		const { kept, present } = await resumable.begin(principal, id, request, before !== undefined);
		const session: LiveSession = {
			id,
			fence,
			worker,
			fingerprint,
			link: request.link,
			principal,
			writes: new Set(rights.streams.map((stream) => stream.id)),
			despite: judged.decision.despite,
			until: judged.decision.until,
			commandFilters: new Set(),
			begun: new Set(),
		};
		byId.set(id, session);
		workers.add(worker);
		byIdentity.set(principalKey(principal), session);
		const resumed = kept === null || !present ? nothingResumed : await resume(session, kept);
		// Cut while it was taken up.
		if (byId.get(id) !== session) return { refusals: [fenced] };
		tellPolicy(worker, policy);
		if (session.despite !== null) events.onDespite(session.principal, session.despite);
		observeLink(observations, principal, request.link, clock.now());
		events.onSoftware(principal, request.software);
		events.onHello(judged.admitted.certificate, request.hello);
		const { state } = judged.admitted.principal;
		// unique-key: in any state, so that neither a renewal nor a quarantine between leaves an older key good.
		if (nextState(state, 'connect') !== null || (await store.hasOtherKeys(principal, judged.admitted.certificate.key)))
			events.onConnected(fingerprint);
		// Policy or registry changed while the session was taken up: judged once more, behind the answer.
		if (seen !== changes) void rejudge((one) => one === session).catch(report);
		return {
			...rights,
			...resumed,
			present,
			willPassedOver,
			expiry: kept?.expiry ?? 0,
			...(kept === null || !present ? nothingKept : handOut(kept)),
		};
	};

	const rejudge: Sessions['rejudge'] = async (which) => {
		changes++;
		let count = 0;
		const judged = [...byId.values()].filter(which);
		for (const session of judged) {
			const { decision, admitted } = await judge(session.fingerprint, session.link);
			if (!byId.has(session.id)) continue;
			if (admitted === null) {
				cut(session, decision.refusals[0] ?? fenced);
				count++;
				continue;
			}
			const rights = await rightsOf(session.id, admitted, decision.despite, options);
			if (!byId.has(session.id)) continue;
			session.writes = new Set(rights.streams.map((stream) => stream.id));
			session.until = decision.until;
			if (decision.despite !== null && session.despite?.code !== decision.despite.code)
				events.onDespite(session.principal, decision.despite);
			session.despite = decision.despite;
			tellPolicy(session.worker, admitted.policy);
			tell(session, 'rights', { session: session.id, rights });
		}
		await heard(new Set(judged.map(({ worker }) => worker)));
		return count;
	};

	const cutThen: Sessions['cutThen'] = async (principal, refusal, record) => {
		const key = principalKey(principal);
		const session = byIdentity.get(key);
		if (session !== undefined) {
			tell(session, 'cut', { session: session.id, refusal });
			forget(session);
			events.onCut(session);
			// CR 2.1: the worker acts on it in its own thread while the disk is waited for.
			await new Promise((resolve) => setImmediate(resolve));
		}
		try {
			const recorded = await record();
			const later = await rejudge((one) => principalKey(one.principal) === key);
			return { recorded, cut: later + (session === undefined ? 0 : 1) };
		} finally {
			if (session !== undefined) {
				resumable.lost(session.id);
				await heard(new Set([session.worker]));
			}
		}
	};

	return {
		cutThen,
		open: async (worker, request) => {
			const fingerprint = Uint8Array.from(Buffer.from(request.fingerprint, 'hex'));
			const certificate = await store.certificate(fingerprint);
			// Those of one identity one after another: each takes over from the one before.
			return certificate === null
				? { refusals: (await judge(fingerprint, request.link)).decision.refusals }
				: inTurn(principalKey(certificate.principal), () => openInTurn(worker, fingerprint, request));
		},
		cut,
		close: ({ session: id, will, expiry, state }) => {
			const session = byId.get(id);
			if (session !== undefined) forget(session);
			resumable.closed(id, will, expiry, state);
		},
		get: (id) => byId.get(id),
		of: (principal) => byIdentity.get(principalKey(principal)),
		all: () => byId.values(),
		fence: (id, stream) => (byId.get(id)?.writes.has(stream) === true ? null : fenced),
		rejudge,
		wouldCut: async (policy) => {
			const found: WouldCut[] = [];
			for (const { id, principal, fingerprint, link, despite } of [...byId.values()]) {
				if (principal.application !== policy.application) continue;
				const { decision, admitted } = await judge(fingerprint, link, policy);
				const refusal = admitted === null ? (decision.refusals[0] ?? fenced) : decision.despite;
				if (refusal !== null && byId.has(id) && (admitted === null || despite === null))
					found.push({ principal, refusal, essential: admitted !== null });
			}
			return found;
		},
		heard: () => heard(workers),
		giveUpLost: async () => {
			for (const { identity, epoch } of await leases.lost()) {
				resumable.giveUp(identity);
				const session = byIdentity.get(identity);
				if (session && session.fence < epoch) cut(session, takenOver);
			}
		},
		revoked: (principal) => resumable.end(principal),
		dropWorker: (worker) => {
			workers.delete(worker);
			for (const session of [...byId.values()]) {
				if (session.worker !== worker) continue;
				forget(session);
				resumable.lost(session.id);
			}
		},
	};
};

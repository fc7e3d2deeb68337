import { type Instant, type Milliseconds, Problem, seconds } from '@keyward/core';
import { mayUseCertificate, principalKey } from '@keyward/core/device';
import type { Clock, StoredSubscription, PrincipalName, PrincipalStore, SessionStore } from '@keyward/core/port';
import { endDue, type ResumableSession, toStore, lastMessageDue } from './resumable-session.ts';
import type { OpenSession, Progress, SessionState } from '../thread/link-messages.ts';
import { createKeyedMutex } from '../thread/keyed-mutex.ts';
import type { PublishLastMessage } from './last-message-publisher.ts';

/** Sessions that outlive their connections, and wills; one of each principal. */
export interface ResumableSessions {
	/**
	 * A connection opens session number `session`: takes up what is kept when the peer asks for it and it is still there,
	 * ends it otherwise. `takenOver` when a connection of the same identity was open until now. Null for a session that
	 * keeps nothing. Durable when it resolves.
	 */
	begin(
		principal: PrincipalName,
		session: number,
		request: OpenSession,
		takenOver: boolean,
	): Promise<{ readonly kept: ResumableSession | null; readonly present: boolean }>;
	/** Whether a CONNECT would take up what is kept of the principal. */
	resumes(principal: PrincipalName, request: OpenSession): boolean;
	/** The expiry that is granted of one that is asked for. */
	grant(expiry: Milliseconds): Milliseconds;
	ofSession(session: number): ResumableSession | undefined;
	/** Durable when it resolves. */
	save(kept: ResumableSession): Promise<void>;
	/** What a connection that ends leaves of its deliveries. */
	leave(kept: ResumableSession, state: SessionState): void;
	/** What the peer acknowledged; written within seconds. */
	progress(session: number, progress: readonly Progress[]): void;
	/** The connection is over without a word: lost, or cut by the service. */
	lost(session: number): void;
	/** The worker's last word of a connection; also after `lost`. `will` false discards it. */
	closed(session: number, will: boolean, expiry: Milliseconds | null, state: SessionState): void;
	/** The principal's session is over for good, and its will with it. */
	end(principal: PrincipalName): Promise<void>;
	/** Another instance has the identity (`principalKey`): nothing of it is written or published here any more. */
	giveUp(identity: string): void;
	/** Those whose connection is not open. */
	away(application: string): ResumableSession[];
	/** Publishes the wills and ends the sessions whose time has come. */
	expire(now: Instant): void;
	/** Connections can connect from now on: the grace of those whose connection the service had cut begins. */
	listening(): void;
	/** From now on connections end because the service does: their sessions and wills wait for its next start. */
	closing(): void;
	/** Writes what is not written, and stops. */
	stop(): Promise<void>;
}

/** How often progress is written, and of how many sessions at a time. */
const writeEvery: Milliseconds = seconds(2);
const writeAtOnce = 400;
/** When a will is tried again that the store refused. */
const tryAgain: Milliseconds = seconds(5);

export const openResumableSessions = async (
	store: SessionStore & PrincipalStore,
	publishLastMessage: PublishLastMessage,
	terms: { readonly maximum: Milliseconds; readonly grace: Milliseconds },
	clock: Clock,
	report: (error: unknown) => void,
): Promise<ResumableSessions> => {
	const all = new Map<string, ResumableSession>();
	const bySession = new Map<number, ResumableSession>();
	const unwritten = new Set<ResumableSession>();
	const inTurn = createKeyedMutex();
	/** The earliest moment at which time alone changes something. */
	let earliest: Instant = Number.POSITIVE_INFINITY;
	let ending = false;

	const current = (kept: ResumableSession): boolean => all.get(principalKey(kept.principal)) === kept;
	const save = async (kept: ResumableSession): Promise<void> => {
		unwritten.delete(kept);
		if (!current(kept)) return;
		await store.putSession(toStore(kept)).catch((error: unknown) => {
			// With the next write.
			unwritten.add(kept);
			throw error;
		});
	};
	const forget = async (kept: ResumableSession): Promise<void> => {
		bySession.delete(kept.session);
		unwritten.delete(kept);
		if (!current(kept)) return;
		all.delete(principalKey(kept.principal));
		await store.endSession(kept.principal);
	};

	/** Publishes, ends, or writes down, as the time says. Nothing when another connection has taken the session up. */
	const conclude = async (kept: ResumableSession): Promise<void> => {
		if (!current(kept)) return;
		const now = clock.now();
		try {
			if (kept.will !== null && lastMessageDue(kept) <= now) {
				await publishLastMessage(kept.principal, kept.will);
				kept.will = null;
			}
			if (endDue(kept) <= now) await forget(kept);
			else await save(kept);
			earliest = Math.min(earliest, lastMessageDue(kept), endDue(kept));
		} catch (error) {
			earliest = Math.min(earliest, now + tryAgain);
			if (!(error instanceof Problem)) throw error;
		}
	};
	const concludeInTurn = (kept: ResumableSession): void =>
		void inTurn(principalKey(kept.principal), () => conclude(kept)).catch((error: unknown) => {
			if (!ending) report(error);
		});

	const leave = (kept: ResumableSession, { progress, inFlight }: SessionState): void => {
		for (const one of progress) if (kept.progress.has(one.stream)) kept.progress.set(one.stream, one);
		kept.inFlight = inFlight;
	};

	const lost = (kept: ResumableSession): void => {
		// A service that ends has cut the connection itself: the session stays as if it were open, until the next start.
		if (ending || kept.disconnected !== null) return;
		kept.disconnected = clock.now();
		concludeInTurn(kept);
	};

	const resumes = (old: ResumableSession | undefined, { clean, clientId }: OpenSession): old is ResumableSession =>
		old !== undefined &&
		!clean &&
		old.clientId === clientId &&
		old.expiry > 0 &&
		(old.disconnected === null || clock.now() < old.disconnected + old.expiry);

	const grant = (expiry: Milliseconds): Milliseconds => Math.min(expiry, terms.maximum);

	const begin = async (
		principal: PrincipalName,
		session: number,
		request: OpenSession,
		takenOver: boolean,
	): Promise<{ kept: ResumableSession | null; present: boolean }> => {
		const old = all.get(principalKey(principal));
		const present = resumes(old, request);
		const will = old?.will ?? null;
		if (old !== undefined && will !== null) {
			// MQTT 5 §3.1.4: a will goes out when its connection was taken over, or its session ended; one that still waits for
			// its delay is not sent when the session is taken up again, nor one of a connection that the service itself had cut.
			const cancelled = clock.now() < old.grace || (present && (!takenOver || will.delay > 0));
			if (!cancelled) {
				await publishLastMessage(principal, will);
				old.will = null;
			}
		}
		if (old !== undefined) {
			bySession.delete(old.session);
			unwritten.delete(old);
		}
		const kept: ResumableSession = {
			principal,
			clientId: request.clientId,
			session,
			expiry: grant(request.expiry),
			disconnected: null,
			subscriptions: present ? old.subscriptions : new Map<string, StoredSubscription>(),
			progress: present ? old.progress : new Map<number, Progress>(),
			inFlight: present ? old.inFlight : [],
			will: request.will,
			grace: 0,
		};
		if (kept.expiry === 0 && kept.will === null && !present) {
			if (old !== undefined) await forget(old);
			return { kept: null, present };
		}
		await store.putSession(toStore(kept));
		all.set(principalKey(principal), kept);
		bySession.set(session, kept);
		return { kept, present };
	};

	for (const row of await store.sessions()) {
		// CR 2.1: anyone who was revoked while the service was down does not come back to an open session.
		const state = (await store.principal(row.principal))?.state ?? 'retired';
		if (!mayUseCertificate(state) && state !== 'quarantined') {
			await store.endSession(row.principal);
			continue;
		}
		const start = clock.now();
		const kept: ResumableSession = {
			...row,
			session: 0,
			disconnected: row.disconnected ?? start,
			subscriptions: new Map(row.subscriptions.map((one) => [one.filter, one])),
			progress: new Map(
				row.cursors.map(({ stream, cursor }) => [stream, { stream, acknowledged: cursor, sent: cursor }]),
			),
			inFlight: [],
			grace: row.disconnected === null ? Number.POSITIVE_INFINITY : 0,
		};
		all.set(principalKey(row.principal), kept);
		earliest = Math.min(earliest, lastMessageDue(kept), endDue(kept));
	}

	const writeSome = async (most: number): Promise<void> => {
		for (const kept of [...unwritten].slice(0, most)) await save(kept);
	};
	let writing: Promise<void> = Promise.resolve();
	const timer = setInterval(() => {
		writing = writing
			.then(() => writeSome(writeAtOnce))
			.catch((error: unknown) => {
				if (!(error instanceof Problem)) report(error);
			});
	}, writeEvery);

	/** Nobody has taken it up: its connection is gone all the same, and its will waits for its time. */
	const leftBehind = (principal: PrincipalName): void => {
		const old = all.get(principalKey(principal));
		if (old !== undefined) lost(old);
	};

	return {
		begin: (principal, ...more) =>
			inTurn(principalKey(principal), () => begin(principal, ...more)).catch((error: unknown) => {
				leftBehind(principal);
				throw error;
			}),
		grant,
		save,
		resumes: (principal, request) => resumes(all.get(principalKey(principal)), request),
		ofSession: (session) => bySession.get(session),
		progress: (session, progress) => {
			const kept = bySession.get(session);
			if (kept === undefined) return;
			for (const { stream, acknowledged } of progress) {
				// What was sent beyond that counts only together with what is in flight.
				if (kept.progress.has(stream)) kept.progress.set(stream, { stream, acknowledged, sent: acknowledged });
			}
			unwritten.add(kept);
		},
		lost: (session) => {
			const kept = bySession.get(session);
			if (kept !== undefined) lost(kept);
		},
		giveUp: (identity) => {
			const kept = all.get(identity);
			if (kept === undefined) return;
			all.delete(identity);
			bySession.delete(kept.session);
			unwritten.delete(kept);
		},
		leave,
		closed: (session, will, expiry, state) => {
			const kept = bySession.get(session);
			if (kept === undefined) return;
			bySession.delete(session);
			leave(kept, state);
			if (expiry !== null) kept.expiry = grant(expiry);
			if (!will) kept.will = null;
			unwritten.add(kept);
			// An orderly end counts even while the service stops: there is nothing left to wait for.
			if (ending && kept.will === null && kept.expiry === 0) void forget(kept).catch(report);
			lost(kept);
		},
		end: (principal) =>
			inTurn(principalKey(principal), async () => {
				const kept = all.get(principalKey(principal));
				if (kept !== undefined) await forget(kept);
			}),
		away: (application) =>
			[...all.values()].filter((kept) => kept.disconnected !== null && kept.principal.application === application),
		expire: (now) => {
			if (now < earliest) return;
			earliest = Number.POSITIVE_INFINITY;
			for (const kept of all.values()) {
				const due = Math.min(lastMessageDue(kept), endDue(kept));
				if (due <= now) concludeInTurn(kept);
				else earliest = Math.min(earliest, due);
			}
		},
		listening: () => {
			const grace = clock.now() + terms.grace;
			for (const kept of all.values()) if (kept.grace === Number.POSITIVE_INFINITY) kept.grace = grace;
			earliest = 0;
		},
		closing: () => {
			ending = true;
		},
		stop: async () => {
			ending = true;
			clearInterval(timer);
			await writing;
			await writeSome(Number.POSITIVE_INFINITY);
		},
	};
};

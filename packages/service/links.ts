import type { TimeBounds } from '@keyward/core/observe';
import type { Clock, IssuedCertificate, Store } from '@keyward/core/port';
import type { ServiceConfig } from './config/config.ts';
import type { Encrypt } from './ingest/leaves.ts';
import { createReadings, type Readings } from './ingest/readings.ts';
import { type Commands, createCommands } from './delivery/commands.ts';
import type { CommitTimes } from './ingest/commit-times.ts';
import type { Counters } from './log/counters.ts';
import { createFollowers, type Followers } from './delivery/follow-decisions.ts';
import { type Cuts, createCuts } from './delivery/cuts.ts';
import { type Expiry, startExpiry } from './session/expiry.ts';
import { createDeliveries, type Deliveries } from './delivery/deliveries.ts';
import type { Grants } from './policy/grants.ts';
import type { SessionRegistry } from './session/remembered-registry.ts';
import { openSessionLeases } from './session/session-leases.ts';
import { type ResumableSessions, openResumableSessions } from './session/resumable-sessions.ts';
import { createLimits, type Limits } from './ingest/limits.ts';
import { observeSealing } from './evidence/observe-sealing.ts';
import { observeSigning } from './evidence/observe-signing.ts';
import { noteSigned } from './ingest/signing.ts';
import { noRosters, type RostersOf, sealedRows } from './ingest/sealed-rows.ts';
import { type ContinuityWatch, watchContinuity } from './monitor/continuity.ts';
import type { Observations } from './evidence/observations.ts';
import { commandFact } from './evidence/commands.ts';
import { essentialFact } from './evidence/essential.ts';
import { noticeDoubts, noticeFork } from './notice/notice-readings.ts';
import type { Notices } from './notice/notices.ts';
import type { Policies } from './policy/policies.ts';
import { createSessions, type SessionEvents, type Sessions } from './session/sessions.ts';
import { openStreams, type Streams } from './ingest/streams.ts';
import { createSubscriptions, type Subscriptions } from './delivery/subscriptions.ts';
import { createLastMessagePublisher } from './session/last-message-publisher.ts';

/** Who holds leases here. A folder's store is one process's at a time, so that its name may be the same at every start. */
const INSTANCE = 'main';

/** What the committer's side of the links stands on. */
export interface LinksOptions {
	readonly config: Pick<ServiceConfig, 'sessionExpiryMaximum' | 'reconnectGrace' | keyof TimeBounds>;
	readonly store: Store;
	/** What sessions ask of the registry. */
	readonly registry: SessionRegistry;
	readonly encrypt: Encrypt;
	readonly policies: Policies;
	readonly grants: Grants;
	readonly observations: Observations;
	readonly counters: Counters;
	readonly commits: CommitTimes;
	readonly clock: Clock;
	readonly report: (error: unknown) => void;
	/** Whether the CA that issued the certificate counts. */
	readonly issuerCounts: (certificate: IssuedCertificate) => boolean;
	/** None is held where it is left out. */
	readonly rostersOf?: RostersOf;
	/** Where what detectors see is told. */
	readonly notices?: Pick<Notices, 'see'>;
	readonly onConnected: SessionEvents['onConnected'];
	readonly onTakenOver: SessionEvents['onTakenOver'];
	readonly onDespite: SessionEvents['onDespite'];
	readonly onHello: SessionEvents['onHello'];
	readonly onSoftware: SessionEvents['onSoftware'];
}

/** The committer's side of the links: sessions and what they keep, streams and who follows them, readings, commands. */
export interface Links {
	readonly streams: Streams;
	readonly resumable: ResumableSessions;
	readonly commands: Commands;
	readonly sessions: Sessions;
	readonly deliveries: Deliveries;
	readonly followers: Followers;
	/** Ended by the caller that opened the links. */
	readonly expiry: Expiry;
	readonly cuts: Cuts;
	readonly subscriptions: Subscriptions;
	readonly limits: Limits;
	readonly readings: Readings;
	readonly continuity: ContinuityWatch;
}

export const openLinks = async (ground: LinksOptions): Promise<Links> => {
	const { config, store, policies, grants, observations, counters, commits, clock, report } = ground;
	// Sessions, streams and deliveries know of each other's events; each is made before any event can come.
	const streams = await openStreams(store, (stream) => {
		deliveries.opened(stream);
		subscriptions.opened(stream);
	});
	const continuity = watchContinuity({ streams, policyOf: policies.policyOf, store, clock, report });
	const publishLastMessage = createLastMessagePublisher(
		...([store, policies, streams, () => readings, counters, ground.issuerCounts, config, clock] as const),
	);
	const terms = { maximum: config.sessionExpiryMaximum, grace: config.reconnectGrace };
	const resumable = await openResumableSessions(store, publishLastMessage, terms, clock, report);
	const { rostersOf = noRosters } = ground;
	const leases = await openSessionLeases(store, INSTANCE, clock);
	const commands = createCommands(store, counters, clock, (principal, receipt) =>
		observations.see(commandFact(principal, receipt, clock.now())),
	);
	const sessions: Sessions = createSessions({
		...{ store: ground.registry, policies, streams, resumable, leases, observations, clock, report },
		...{ bounds: config, issuerCounts: ground.issuerCounts, rostersOf, sealedRows: sealedRows(store) },
		resume: (session, kept) => subscriptions.resume(session, kept),
		events: {
			onClosed: (session) => {
				deliveries.drop(session);
				commands.unsubscribe(session);
			},
			onCut: ({ id }) => readings.cut(id),
			onConnected: ground.onConnected,
			onTakenOver: ground.onTakenOver,
			onWillPassedOver: () => counters.add('will-passed-over'),
			onDespite: ground.onDespite,
			onHello: ground.onHello,
			onSoftware: ground.onSoftware,
		},
	});
	const deliveries: Deliveries = createDeliveries(
		...([() => sessions, streams, policies, grants, clock] as const),
		(session, reached) => subscriptions.reached(session, reached),
	);
	const subscriptions: Subscriptions = createSubscriptions(deliveries, commands, resumable, streams, report);
	const limits = createLimits((await store.forgotten()).before);
	const readings: Readings = createReadings({
		...{ store, encrypt: ground.encrypt, streams, counters, commits, limits },
		fence: sessions.fence,
		essential: {
			has: (session) => (sessions.get(session)?.despite ?? null) !== null,
			admitted: (session) => {
				const application = sessions.get(session)?.principal.application;
				if (application !== undefined) observations.see(essentialFact(application, clock.now()));
			},
		},
		onConflict: (sent, stored) => noticeFork(ground.notices, sent, stored),
		deliver: (stream, rows) => {
			noticeDoubts(ground.notices, stream.name, rows);
			deliveries.durable(stream, rows);
			continuity.durable(stream, rows);
			const now = clock.now();
			const signed = noteSigned(stream.signing, rows, now);
			observeSealing(observations, stream.name, rows, rostersOf(stream.name.application), now);
			if (signed !== null) observeSigning(observations, stream.name, signed, now);
		},
	});
	// Time alone ends certificates and grants: what it ended is cut at the next look.
	const expiry = startExpiry(() => {
		const now = clock.now();
		void sessions.rejudge(({ until }) => until <= now).catch(report);
		void sessions.giveUpLost().catch(report);
		deliveries.expire(now);
		resumable.expire(now);
	});
	const followers = createFollowers();
	const cuts = createCuts(sessions, deliveries, followers, expiry.took);
	return {
		...{ streams, resumable, commands, sessions, deliveries, followers, expiry, cuts },
		...{ subscriptions, limits, readings, continuity },
	};
};

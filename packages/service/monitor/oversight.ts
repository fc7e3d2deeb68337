import { type Milliseconds, seconds } from '@keyward/core';
import type { Posture } from '@keyward/core/policy';
import type { IncidentSummary, SiteHealth } from '@keyward/contract';
import type { CertificateStore, Clock, FactStore, LedgerStore, PrincipalStore } from '@keyward/core/port';
import { type Alerts, type Condition, createAlerts } from './alerts/alerts.ts';
import { exposedConditions } from './alerts/exposed.ts';
import { unwitnessed } from './alerts/unwitnessed.ts';
import { ownCertificates, startWatch } from './alerts/alert-watch.ts';
import type { Post } from './alerts/webhook.ts';
import type { Authority } from '../authority/authority.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { CommitTimes } from '../ingest/commit-times.ts';
import { type Counters, refusalsOf } from '../log/counters.ts';
import { diskRoom } from '../ingest/disk.ts';
import type { Witnesses } from '../ledger/witnesses.ts';
import type { Limits } from '../ingest/limits.ts';
import type { OpenListener } from '../policy/listeners.ts';
import type { Log } from '../log/log.ts';
import { createHealth } from './health.ts';
import type { ContinuityWatch } from './continuity.ts';
import { createMetrics } from './metrics.ts';
import { everyMinute } from './posture/posture-metrics.ts';
import type { Policies } from '../policy/policies.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Takeovers } from '../session/takeovers.ts';
import type { Rollouts } from '../rollout/rollouts.ts';
import type { Updates } from '../update/updates.ts';

/** How often refusals are offered to the log, which sums them up. */
const SUM_UP: Milliseconds = seconds(10);

/** Silent devices that one look writes to the log by name. */
const MOST_SAID = 20;

/** How those who run the site see how it does: health, metrics, alerts, summaries in the log. */
export interface Oversight {
	/** Null where the site file names no webhook. */
	readonly alerts: Alerts | null;
	/** Whether the site can do its work at this moment, and why not. */
	health(): Promise<SiteHealth>;
	/** In Prometheus' text format. */
	metrics(): Promise<string>;
	stop(): Promise<void>;
}

export interface OversightParts {
	readonly config: ServiceConfig;
	/** The webhook of the site file; null when it names none. */
	readonly post: Post | null;
	readonly log: Log;
	readonly report: (error: unknown) => void;
	readonly clock: Clock;
	readonly store: CertificateStore & PrincipalStore & FactStore & LedgerStore;
	readonly authority: Authority;
	readonly policies: Policies;
	readonly sessions: Sessions;
	readonly continuity: Pick<ContinuityWatch, 'onLook'>;
	readonly incidents: () => readonly IncidentSummary[];
	readonly updates: Pick<Updates, 'vulnerabilities'>;
	readonly record: () => readonly Condition[];
	readonly witnesses: Pick<Witnesses, 'standings'>;
	readonly rollouts: Pick<Rollouts, 'halted'>;
	readonly counters: Counters;
	readonly commits: CommitTimes;
	readonly limits: Limits;
	readonly takeovers: Takeovers;
	batchesWaiting(): number;
	readonly posture: () => Promise<readonly Posture[]>;
	listeners(): readonly OpenListener[];
	/** TCP ports that the settings open; none before it listens. */
	declaredPorts(): readonly number[];
	/** Workers that ended without having been told to. */
	lostWorkers(): number;
}

export const createOversight = (parts: OversightParts): Oversight => {
	const { config, log, clock, store, authority, policies, sessions, counters, commits } = parts;
	const alerts: Alerts | null =
		config.alerts === null || parts.post === null
			? null
			: createAlerts({
					site: config.name,
					events: config.alerts.events,
					post: parts.post,
					clock,
					log,
				});
	const exposed = async (): Promise<Condition[]> => {
		const all = policies.epochs().map(async ({ application }) => {
			const found = parts.updates.vulnerabilities(policies.mustHave(application), await store.principals(application));
			return exposedConditions(application, found, clock.now());
		});
		return (await Promise.all(all)).flat();
	};
	const watch =
		alerts === null
			? null
			: startWatch({
					...{ ...parts, data: config.data, alerts, exposed, halted: () => parts.rollouts.halted() },
					witnesses: () => unwitnessed(parts.witnesses.standings(), clock.now()),
				});
	/** Without a webhook the log says what is missing, once. */
	let said = new Set<string>();
	parts.continuity.onLook((conditions) => {
		if (alerts !== null) return alerts.stand(['device-silent', 'readings-missing'], conditions);
		const before = said;
		said = new Set(conditions.map(({ kind, subject }) => `${kind}/${subject}`));
		const fresh = conditions.filter(({ kind, subject }) => !before.has(`${kind}/${subject}`));
		for (const { kind, subject, text } of fresh.slice(0, MOST_SAID))
			log.warn('noticed', { event: kind, subject, text });
		if (fresh.length > MOST_SAID) log.warn('noticed more of the like', { count: fresh.length - MOST_SAID });
	});
	const health = createHealth({
		data: config.data,
		commits,
		limits: parts.limits,
		listeners: () => parts.listeners().map(({ floor, url }) => ({ floor, port: Number(new URL(url).port) })),
		declared: () => parts.declaredPorts(),
		lost: () => parts.lostWorkers(),
	});
	const metrics = createMetrics({
		version: config.version,
		counters,
		commits,
		sessions: () => sessions.all(),
		batchesWaiting: () => parts.batchesWaiting(),
		ledgers: async () => {
			const sizes = new Map<string, number>();
			for (const { application } of policies.epochs()) sizes.set(application, (await store.edge(application)).size);
			return sizes;
		},
		disk: () => diskRoom(config.data),
		certificates: () => ownCertificates(authority),
		ready: async () => (await health()).ready,
		posture: everyMinute(parts.posture, () => clock.now()),
		alerts: () => ({ standing: alerts?.standing() ?? new Map(), waiting: alerts?.waiting() ?? 0 }),
	});
	const summing = setInterval(() => log.refusals(refusalsOf(counters.all())), SUM_UP);
	return {
		...{ alerts, health },
		metrics: () => metrics.text(),
		stop: async () => {
			clearInterval(summing);
			metrics.stop();
			await alerts?.stop();
			await watch?.stop();
		},
	};
};

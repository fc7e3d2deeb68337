import type { OperationName, Operations, SiteHealth } from '@keyward/contract';
import type { Instant } from '@keyward/core';
import type { Allowed, Caller } from '@keyward/core/authorize';
import type { Clock, Store } from '@keyward/core/port';
import type { Inventory } from '@keyward/core/reach';
import type { Erased } from '../at-rest/erasure.ts';
import type { Retirement } from '../at-rest/retirement.ts';
import type { Authority } from '../authority/authority.ts';
import type { Rollover } from '../authority/rollover.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { Commands } from '../delivery/commands.ts';
import type { Cursors } from '../delivery/cursors.ts';
import type { Deliveries } from '../delivery/deliveries.ts';
import type { DeviceReports } from '../evidence/device-reports.ts';
import type { RecentRefusals } from '../evidence/recent-refusals.ts';
import type { Registrar } from '../enrolment/registrar.ts';
import type { Containments } from '../incident/containments.ts';
import type { RekeyWaves } from '../incident/rekey-waves.ts';
import type { Fork } from '../incident/fork-watch.ts';
import type { Incidents } from '../incident/incidents.ts';
import type { Taints } from '../incident/taints.ts';
import type { Limits } from '../ingest/limits.ts';
import type { Streams } from '../ingest/streams.ts';
import type { Checkpoints } from '../ledger/checkpoints.ts';
import type { Witnesses } from '../ledger/witnesses.ts';
import type { Verification } from '../ledger/verification.ts';
import type { Counters } from '../log/counters.ts';
import type { Manifests } from '../manifests/manifests.ts';
import type { Alerts } from '../monitor/alerts/alerts.ts';
import type { ContinuityWatch } from '../monitor/continuity.ts';
import type { Appraisal } from '../monitor/posture/appraisal.ts';
import type { Grants } from '../policy/grants.ts';
import type { Listening } from '../policy/listeners.ts';
import type { Observations } from '../evidence/observations.ts';
import type { Notice } from '../notice/notices.ts';
import type { Owner } from '../owner/owner.ts';
import type { People } from '../people/people.ts';
import type { Policies } from '../policy/policies.ts';
import type { Cuts } from '../delivery/cuts.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Agility } from '../agility/agility.ts';
import type { RollbackTrials } from '../rollout/rollback-trials.ts';
import type { Rollouts } from '../rollout/rollouts.ts';
import type { Updates } from '../update/updates.ts';

/** How an operation is answered once `authorize` allowed the call. Throws `Problem` with the code that the caller is told. */
export type Answer<Name extends OperationName> = (
	input: Operations[Name]['input'],
	allowed: Allowed,
	caller: Caller,
) => Promise<Operations[Name]['output']>;

/** What the answers stand on; each takes what it needs. */
export interface ApiDependencies {
	readonly config: Pick<ServiceConfig, 'data' | 'sealFile' | 'trust' | 'version'>;
	readonly clock: Clock;
	readonly store: Store;
	readonly authority: Authority;
	readonly rollover: Rollover;
	readonly policies: Policies;
	readonly grants: Grants;
	readonly manifests: Manifests;
	readonly owner: Owner;
	readonly observations: Pick<Observations, 'see'>;
	readonly registrar: Registrar;
	readonly sessions: Sessions;
	readonly cuts: Cuts;
	readonly streams: Streams;
	readonly deliveries: Deliveries;
	readonly cursors: Cursors;
	/** Destroys the key of a device's readings. */
	erase(application: string, device: string): Promise<Erased>;
	readonly retirement: Pick<Retirement, 'asked' | 'begin' | 'finish'>;
	readonly commands: Commands;
	readonly containments: Containments;
	readonly rekeyWaves: RekeyWaves;
	readonly incidents: Incidents;
	/** Keeps what a detector noticed as an incident. */
	readonly noticed: (notice: Notice) => Promise<void>;
	/** Keeps another history of a ledger as an incident; gives its number. */
	readonly forked: (fork: Fork) => Promise<number>;
	readonly taints: Taints;
	readonly continuity: Pick<ContinuityWatch, 'of'>;
	readonly limits: Limits;
	readonly counters: Counters;
	readonly checkpoints: Pick<Checkpoints, 'publicKey' | 'line' | 'ledgers'>;
	readonly witnesses: Pick<Witnesses, 'terms' | 'last' | 'standings'>;
	readonly verification: Verification;
	readonly updates: Updates;
	readonly rollouts: Rollouts;
	readonly trials: RollbackTrials;
	readonly people: Pick<People, 'sessions' | 'approvals' | 'issuers' | 'pace' | 'invite'>;
	readonly agility: Agility;
	readonly deviceReports: Pick<DeviceReports, 'of' | 'said'>;
	readonly refusals: Pick<RecentRefusals, 'of' | 'all'>;
	/** Null where the site file names no webhook. */
	readonly alerts: Alerts | null;
	health(): Promise<SiteHealth>;
	/** Of one application, or of all. */
	readonly appraisal: Appraisal;
	/** Who holds which key and what it opens. */
	siteTrust(application?: string): Promise<Inventory>;
	/** When the service started. */
	readonly since: Instant;
	listening(): Listening;
}

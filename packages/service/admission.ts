import { join } from 'node:path';
import type { Clock, Entropy, Store } from '@keyward/core/port';
import type { Authority } from './authority/authority.ts';
import type { ServiceConfig } from './config/config.ts';
import { tellIssued } from './enrolment/issued.ts';
import { publishedKeys } from './enrolment/published-keys.ts';
import { createRegistrar, type Registrar, type RegistrarOptions } from './enrolment/registrar.ts';
import { withRoomToEnrol } from './enrolment/registrar-room.ts';
import { watchEnrolment } from './incident/watch-enrolment.ts';
import type { Limits } from './ingest/limits.ts';
import type { Counters } from './log/counters.ts';
import type { Log } from './log/log.ts';
import type { Notices } from './notice/notices.ts';
import type { Owner } from './owner/owner.ts';
import { type Listening, urlsFor } from './policy/listeners.ts';
import type { Policies } from './policy/policies.ts';
import { openStatus, type Status } from './revocation/status.ts';
import { quarantinedNow } from './session/session-end.ts';
import type { Sessions } from './session/sessions.ts';
import type { GivenRefusals } from './thread/link-messages.ts';
import type { NetworkRecord } from './tls/network-record.ts';

/** What admits and ends devices and readers, and what others are told of their certificates. */
export interface Admission {
	/** Null where the site file opens no port for it. */
	readonly status: Status | null;
	/** For the site's own steps: a containment revokes on a full disk, too. */
	readonly admitting: Registrar;
	/** For everybody who asks: nobody is let in while the disk is short, and refusals that tell of an attack are noticed. */
	readonly registrar: Registrar;
}

export interface AdmissionOptions extends Required<Pick<RegistrarOptions, 'kindOf' | 'onJoining'>> {
	readonly config: ServiceConfig;
	readonly store: Store;
	readonly authority: Authority;
	readonly authorityFolder: string;
	readonly clock: Clock;
	readonly entropy: Entropy;
	readonly policies: Policies;
	readonly owner: Pick<Owner, 'pin'>;
	readonly sessions: Pick<Sessions, 'cutThen'>;
	readonly limits: Readonly<Limits>;
	readonly counters: Counters;
	readonly notices: Notices;
	readonly log: Log;
	readonly listening: () => Listening;
	readonly report: (error: unknown) => void;
	/** Told of the status before anything else is begun, so that it is stopped whatever happens then. */
	readonly onStatus: (status: Status | null) => void;
	/** Told of each certificate that was revoked, besides the status. */
	readonly networks: Pick<NetworkRecord, 'revoked'>;
	/** Told of the refusals that EST gives, for people of the site. */
	readonly refused: (given: GivenRefusals) => void;
}

/** Resolves when what a crash left of enrolments and ends is finished or given up. */
export const openAdmission = async (options: AdmissionOptions): Promise<Admission> => {
	const { config, store, authority, authorityFolder, clock, entropy, policies, owner, sessions } = options;
	const { limits, counters, notices, log, listening, report, kindOf, onJoining } = options;
	const folder = join(config.data, 'crl');
	const status =
		config.httpPort === null
			? null
			: await openStatus({ authority, authorityFolder, store, clock, entropy, folder, report });
	options.onStatus(status);
	const admitting = createRegistrar({
		...{ store, authority, clock, entropy, policyOf: policies.policyOf, trust: config.trust, kindOf, onJoining },
		...{ ownerPin: owner.pin, published: publishedKeys(), onIssued: tellIssued(counters, log) },
		statusAt: (issuer) => status?.addressesOf(issuer),
		onRevoked: (certificate) => {
			options.networks.revoked(certificate);
			status?.revoked(certificate);
		},
		onRefused: (principal, refusals) => {
			const by = { application: principal?.application ?? '', principal, fingerprint: null, times: 1 };
			options.refused(refusals.map((refusal) => ({ ...refusal, ...by })));
		},
		quarantine: async (device, reason) => {
			await sessions.cutThen(device, quarantinedNow, () => admitting.quarantine(device));
			log.warn('quarantined for what it started', { ...device, reason });
			notices.see('attestation', device, reason);
		},
		urls: (application) => urlsFor(policies.mustHave(application), listening()),
	});
	await admitting.recover();
	return { status, admitting, registrar: watchEnrolment(withRoomToEnrol(admitting, limits), store, notices) };
};

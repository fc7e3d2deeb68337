import type { CertificateStore, IncidentStore, PrincipalStore } from '@keyward/core/port';
import type { AskedRecord } from '../agility/asked-record.ts';
import type { Witnesses } from '../ledger/witnesses.ts';
import type { Log } from '../log/log.ts';
import { type Containments, createContainments } from './containments.ts';
import { type Incidents, openIncidents } from './incidents.ts';
import { type DetectionOptions, startDetection } from './detection.ts';
import { createForkWatch, type Fork } from './fork-watch.ts';
import type { Notice } from '../notice/notices.ts';
import { createRekeyWaves, type RekeyWaves } from './rekey-waves.ts';
import { createSteps, type StepsOptions } from './containment-steps.ts';
import { createTaints, type Taints } from './taints.ts';

/** Incidents as they are stored, and what a crash cut short of containments done to the end. Before anybody may connect. */
export const openContainment = async (
	options: StepsOptions &
		Pick<DetectionOptions, 'notices' | 'policyOf' | 'report'> & {
			readonly store: StepsOptions['store'] & IncidentStore & Pick<PrincipalStore, 'principals'>;
			readonly remembered: Pick<CertificateStore, 'certificates'>;
			/** Who was asked for a new key. */
			readonly record: AskedRecord;
			readonly log: Log;
			readonly witnesses: Pick<Witnesses, 'onFork'>;
		},
): Promise<{
	readonly incidents: Incidents;
	readonly taints: Taints;
	readonly containments: Containments;
	readonly rekeyWaves: RekeyWaves;
	/** Keeps what a detector noticed as an incident. */
	readonly noticed: (notice: Notice) => Promise<void>;
	/** Keeps another history of a ledger as an incident; gives its number. */
	readonly forked: (fork: Fork) => Promise<number>;
}> => {
	const { store, clock, log } = options;
	const incidents = await openIncidents(store);
	const taints = createTaints(incidents);
	const containments = createContainments(store, incidents, createSteps(options), clock, log);
	await containments.recover();
	const { take: noticed } = startDetection({ ...options, incidents, containments });
	const rekeyWaves = createRekeyWaves(store, options.remembered, incidents, options.record, clock);
	const forked = createForkWatch(incidents, clock, log);
	options.witnesses.onFork((ledger, seen) => void forked({ ledger, seen, evidence: [] }).catch(options.report));
	return { incidents, taints, containments, noticed, forked, rekeyWaves };
};

import { Problem } from '@keyward/core';
import type { Checkpoint } from '@keyward/core/ledger';
import { serviceComponent } from '@keyward/core/policy';
import type { LedgerReport } from '@keyward/contract';
import type { Clock } from '@keyward/core/port';
import { type SqliteStore, verifyLedger, verifyRegistry } from '@keyward/store';
import { REGISTRY } from './checkpoint-files.ts';
import type { Checkpoints } from './checkpoints.ts';
import { createProofs, type Prove } from './proofs.ts';
import { ledgerSource } from './witnessed-fact.ts';
import type { Log } from '../log/log.ts';
import type { Observations } from '../evidence/observations.ts';

/** How much of the committer's thread a verification takes: when a person waits for it, and when nobody does. */
const askedShare = 0.5;
const backgroundShare = 0.1;

/** Breaks of one ledger that go into the log. */
const MOST_LOGGED = 5;

/** Makes each ledger again from the stored rows and compares it with its signed checkpoint; the outcome is evidence. */
export interface Verification {
	/** Of one application, or of all: a person waits for it. */
	verify(application: string | null): Promise<LedgerReport[]>;
	verifyInBackground(): Promise<LedgerReport[]>;
	/** Shows a part of a ledger, so that others need not believe this. */
	readonly prove: Prove;
}

interface VerificationDependencies {
	readonly store: SqliteStore;
	readonly checkpoints: Checkpoints;
	readonly observations: Observations;
	readonly clock: Clock;
	readonly log: Pick<Log, 'warn'>;
}

export const createVerification = (dependencies: VerificationDependencies): Verification => {
	const { store, checkpoints, observations, clock, log } = dependencies;
	const verifyRegistryLedger = async (share: number): Promise<LedgerReport> => {
		const breaks: string[] = [];
		const checkpoint = await lastOf(REGISTRY, breaks);
		const found = await verifyRegistry(store.log.registry, checkpoints.registrySecret, checkpoint, share);
		breaks.push(...found.breaks);
		const root = Buffer.from(found.root).toString('hex');
		const none = { readings: 0, forgotten: 0, keptFrom: null };
		return { application: REGISTRY, leaves: found.leaves, ...none, root, ok: breaks.length === 0, breaks };
	};
	/** The last checkpoint that holds; what is wrong with it is among the breaks. */
	const lastOf = async (ledger: string, breaks: string[]): Promise<Checkpoint | null> =>
		checkpoints.last(ledger).catch((error: unknown) => {
			if (!(error instanceof Problem)) throw error;
			breaks.push(error.detail);
			return null;
		});
	const verify = async (application: string, share: number): Promise<LedgerReport> => {
		if (application === REGISTRY) return verifyRegistryLedger(share);
		const breaks: string[] = [];
		const checkpoint = await lastOf(application, breaks);
		const findings = await verifyLedger(store, application, {
			checkpoints: checkpoint === null ? [] : [checkpoint],
			key: checkpoints.truncationKey(application),
			share,
		});
		breaks.push(...findings.breaks);
		const { leaves, readings, forgotten, keptFrom } = findings;
		const rootHex = Buffer.from(findings.root).toString('hex');
		return { application, leaves, readings, forgotten, keptFrom, root: rootHex, ok: breaks.length === 0, breaks };
	};
	const verifyAll = async (applications: readonly string[], share: number): Promise<LedgerReport[]> => {
		const reports: LedgerReport[] = [];
		for (const name of applications) {
			const report = await verify(name, share);
			reports.push(report);
			if (!report.ok)
				log.warn('a ledger does not hold: see keyward ledger verify', {
					ledger: name,
					breaks: report.breaks.slice(0, MOST_LOGGED),
				});
			observations.see({
				subject: serviceComponent,
				claim: 'ledger',
				value: report.ok ? 'merkle-signed' : 'broken',
				strength: 'observed',
				source: ledgerSource(name),
				at: clock.now(),
			});
		}
		// What was just found whole is what the next verification is held to.
		if (reports.every(({ ok }) => ok)) await checkpoints.sign();
		return reports;
	};
	return {
		verify: async (application) =>
			verifyAll(application === null ? await checkpoints.ledgers() : [application], askedShare),
		prove: createProofs(store, checkpoints),
		verifyInBackground: async () => verifyAll(await checkpoints.ledgers(), backgroundShare),
	};
};

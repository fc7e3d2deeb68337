import { Problem } from '@keyward/core';
import { serviceComponent } from '@keyward/core/policy';
import type { Clock, LedgerReport, Store } from '@keyward/core/port';
import { verifyLedger } from '@keyward/store';
import type { Checkpoints } from '../live/checkpoints.ts';
import type { Observations } from '../live/observations.ts';
import type { Policies } from '../live/policies.ts';
import type { Answers } from './answers.ts';

/** How much of the committer's thread a verification takes: when a person waits for it, and when nobody does. */
const askedShare = 0.5;
const backgroundShare = 0.1;

/** Makes each ledger again from the stored rows and compares it with its signed checkpoint; the outcome is evidence. */
export const ledgerAnswers = (
	store: Store,
	policies: Policies,
	checkpoints: Checkpoints,
	observations: Observations,
	clock: Clock,
): Answers<'ledger.verify'> & { verifyInBackground(): Promise<LedgerReport[]> } => {
	const verify = async (application: string, share: number): Promise<LedgerReport> => {
		const breaks: string[] = [];
		const checkpoint = await checkpoints.last(application).catch((error: unknown) => {
			if (!(error instanceof Problem)) throw error;
			breaks.push(error.detail);
			return null;
		});
		const findings = await verifyLedger(store, application, {
			checkpoints: checkpoint === null ? [] : [checkpoint],
			key: checkpoints.forgettingKey(application),
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
			observations.see({
				subject: serviceComponent,
				claim: 'ledger',
				value: report.ok ? 'merkle-signed' : 'broken',
				strength: 'observed',
				source: `ledger of ${name}`,
				at: clock.now(),
			});
		}
		// What was just found whole is what the next verification is held to.
		if (reports.every(({ ok }) => ok)) await checkpoints.sign();
		return reports;
	};
	const all = (): string[] => policies.epochs().map(({ application }) => application);
	return {
		'ledger.verify': ({ application }) =>
			verifyAll(application === undefined ? all() : [policies.mustHave(application).application], askedShare),
		verifyInBackground: () => verifyAll(all(), backgroundShare),
	};
};

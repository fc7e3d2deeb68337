import { Problem } from '@keyward/core';
import { serviceComponent } from '@keyward/core/policy';
import type { Clock, LedgerReport, Store } from '@keyward/core/port';
import { verifyLedger } from '@keyward/store';
import type { Checkpoints } from '../live/checkpoints.ts';
import type { Observations } from '../live/observations.ts';
import type { Policies } from '../live/policies.ts';
import type { Answers } from './answers.ts';

/** Makes each ledger again from the stored rows and compares it with its signed checkpoint; the outcome is evidence. */
export const ledgerAnswers = (
	store: Store,
	policies: Policies,
	checkpoints: Checkpoints,
	observations: Observations,
	clock: Clock,
): Answers<'ledger.verify'> => {
	const verify = async (application: string): Promise<LedgerReport> => {
		const breaks: string[] = [];
		const checkpoint = await checkpoints.last(application).catch((error: unknown) => {
			if (!(error instanceof Problem)) throw error;
			breaks.push(error.detail);
			return null;
		});
		const findings = await verifyLedger(store, application, checkpoint === null ? [] : [checkpoint]);
		breaks.push(...findings.breaks);
		const { leaves, readings } = findings;
		const rootHex = Buffer.from(findings.root).toString('hex');
		return { application, leaves, readings, root: rootHex, ok: breaks.length === 0, breaks };
	};
	return {
		'ledger.verify': async ({ application }) => {
			const applications =
				application === undefined
					? policies.epochs().map((epoch) => epoch.application)
					: [policies.mustHave(application).application];
			const reports: LedgerReport[] = [];
			for (const name of applications) {
				const report = await verify(name);
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
			// What was just found whole is what the next verification is held to; a broken one is never signed over.
			if (reports.every(({ ok }) => ok)) await checkpoints.sign();
			return reports;
		},
	};
};

import { serviceComponent } from '@keyward/core/policy';
import type { Clock, LedgerReport, Store } from '@keyward/core/port';
import { verifyLedger } from '@keyward/store';
import type { Observations } from '../live/observations.ts';
import type { Policies } from '../live/policies.ts';
import type { Answers } from './answers.ts';

/** Makes each ledger again from the stored rows and compares; the outcome is evidence. */
export const ledgerAnswers = (
	store: Store,
	policies: Policies,
	observations: Observations,
	clock: Clock,
): Answers<'ledger.verify'> => ({
	'ledger.verify': async ({ application }) => {
		const applications =
			application === undefined
				? policies.epochs().map((epoch) => epoch.application)
				: [policies.mustHave(application).application];
		const reports: LedgerReport[] = [];
		for (const name of applications) {
			const { leaves, readings, root, breaks } = await verifyLedger(store, name);
			const ok = breaks.length === 0;
			reports.push({ application: name, leaves, readings, root: Buffer.from(root).toString('hex'), ok, breaks });
			observations.see({
				subject: serviceComponent,
				claim: 'ledger',
				value: ok ? 'kept' : 'broken',
				strength: 'observed',
				source: `ledger of ${name}`,
				at: clock.now(),
			});
		}
		return reports;
	},
});

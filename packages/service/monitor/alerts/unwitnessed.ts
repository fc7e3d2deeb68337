import { type Instant, type Milliseconds, minutes } from '@keyward/core';
import type { WitnessStanding } from '../../ledger/witnesses.ts';
import type { Condition } from './alerts.ts';

/** A witness that is started again, or a network that is, is nobody's to mend. */
const PATIENCE: Milliseconds = minutes(5);

/** CR 3.9, CR 6.2: a witness that says nothing lets the evidence grow old; one that knows another history says that this one was changed. */
export const unwitnessed = (standings: readonly WitnessStanding[], now: Instant): Condition[] =>
	standings.flatMap(({ witness, ledger, state, trouble }): Condition[] => {
		if (trouble === null) return [];
		if (state === 'contradicts')
			return [
				{
					...{ kind: 'ledger-forked', subject: `${ledger} at ${witness}` },
					text: `The witness ${witness} knows another history of the ledger of ${ledger}: ${trouble.why}. The data folder was put back from a copy, or rewritten: keep it as it is, ask the witness's operator what it holds, and restore from a backup with keyward restore.`,
				},
			];
		if (state === 'unknown')
			return [
				{
					...{ kind: 'witness-missing', subject: `${ledger} at ${witness}` },
					text: `The witness ${witness} does not vouch for the ledger of ${ledger}: ${trouble.why}. Give its operator what keyward ledger key prints.`,
				},
			];
		if (now - trouble.since < PATIENCE) return [];
		return [
			{
				...{ kind: 'witness-missing', subject: `${ledger} at ${witness}` },
				text: `The witness ${witness} has not vouched for the ledger of ${ledger} since ${new Date(trouble.since).toISOString()}: ${trouble.why}. Look at it and at the network between.`,
			},
		];
	});

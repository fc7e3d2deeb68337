import type { Verb } from './verb.ts';

/** The verbs by which it is proven that no record was changed, and by which others vouch for it. */
export const ledgerVerbs: readonly Verb[] = [
	{
		says: { 'ledger verify': 'Recompute each ledger from what is stored, and compare' },
		load: () => import('./verbs/ledger-verify.ts'),
	},
	{
		says: {
			'ledger prove':
				'Check here that a leaf or an entry of the audit log is in the signed ledger; exit code 1 if it is not',
		},
		load: () => import('./verbs/ledger-prove.ts'),
	},
	{
		says: { 'ledger key': 'Print the verifier key of each ledger (C2SP vkey); keep it elsewhere' },
		load: () => import('./verbs/ledger-key.ts'),
	},
	{
		says: {
			'ledger witnessed':
				'Show who vouches for each ledger, or check it by keys that you pin; exit code 1 without a quorum',
		},
		load: () => import('./verbs/ledger-witnessed.ts'),
	},
	{
		says: { 'ledger seen': 'Show what a reader remembers of the ledger, and alarms that stand; exit code 1 if any' },
		load: () => import('./verbs/ledger-seen.ts'),
	},
	{
		says: {
			'witness init': "Make a witness's key, and print the verifier key that sites pin",
			'witness key': "Print the witness's verifier key (C2SP vkey)",
			'witness trust': "Vouch for these logs from now on, by a site's keyward ledger key; also while the witness runs",
			'witness serve': 'Run a witness: cosign the checkpoints of logs that only grow',
		},
		load: () => import('./verbs/witness.ts'),
	},
];

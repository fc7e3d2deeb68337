import { Problem } from '@keyward/core';
import { noteVerifierKey } from '@keyward/core/ledger';
import { originOf } from '../ledger/checkpoint-files.ts';
import type { Answer, ApiDependencies } from './answer.ts';

export const ledgerWitnessed =
	({ checkpoints, witnesses, policies }: ApiDependencies): Answer<'ledger.witnessed'> =>
	async ({ application }, { principal }) => {
		// CR 2.1: a checkpoint of another application tells a reader that there is one, and how much it sends.
		if (principal !== null && application !== undefined && application !== principal.application)
			throw new Problem('not-granted', 'A reader sees the ledger of their own application.');
		const own = principal?.application ?? application;
		const named = own === undefined ? await checkpoints.ledgers() : [policies.mustHave(own).application];
		const standings = witnesses.standings();
		return {
			quorum: witnesses.terms?.quorum ?? 0,
			ledgers: named.map((ledger) => {
				const last = witnesses.last(ledger);
				return {
					ledger,
					key: noteVerifierKey({ name: originOf(ledger, checkpoints.line), publicKey: checkpoints.publicKey }),
					witnessed: last && { size: last.edge.size, at: last.at, by: [...last.by], note: last.note },
					standings: standings
						.filter((one) => one.ledger === ledger)
						.map(({ witness, state, at, trouble }) => ({ witness, state, at, trouble })),
				};
			}),
			// Where they are in the site's network is nothing for a reader, who pins their keys by other ways.
			witnesses: principal === null ? (witnesses.terms?.of ?? []).map(({ url, key }) => ({ url, key })) : [],
		};
	};

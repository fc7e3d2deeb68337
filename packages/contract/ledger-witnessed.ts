import type { TSchema } from 'typebox';
import { Type } from './type.ts';
import { operation, operator, people, reader } from './operation.ts';
import { applicationOrAll, count, exactly, instant } from './shapes.ts';

const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

export const ledgerWitnessed = operation('ledger.witnessed', {
	summary: 'The last checkpoint of each ledger with the cosignatures of its witnesses, to be checked anywhere',
	callers: [operator, ...people('owner', 'operator', 'auditor'), reader],
	safe: true,
	input: applicationOrAll,
	output: exactly({
		quorum: Type.Integer({ minimum: 0, description: 'how many witnesses must vouch; 0 where the site names nobody' }),
		ledgers: Type.Array(
			exactly({
				ledger: Type.String({
					description: 'a name, or _registry; a reader gets the ledger of their own application alone',
				}),
				key: Type.String({ description: "verifier key of the ledger (C2SP vkey); a reader's own copy counts" }),
				witnessed: orNull(
					exactly({
						size: count,
						at: { ...instant, description: 'by when a quorum had seen no larger tree' },
						by: Type.Array(Type.String(), { description: 'names of the witnesses' }),
						note: Type.String({ description: 'signed checkpoint with its cosignatures (C2SP tlog-cosignature)' }),
					}),
				),
				standings: Type.Array(
					exactly({
						witness: Type.String(),
						state: Type.Enum(['waiting', 'cosigned', 'unknown', 'failing', 'contradicts'], {
							description: 'contradicts: the witness knows another history of this ledger',
						}),
						at: orNull(instant),
						trouble: orNull(exactly({ since: instant, why: Type.String() })),
					}),
				),
			}),
		),
		witnesses: Type.Array(exactly({ url: Type.String(), key: Type.String() }), {
			description: 'as the site file pins them; none for a reader, who pins them by themselves',
		}),
	}),
});

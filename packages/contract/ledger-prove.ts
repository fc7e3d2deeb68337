import type { TSchema } from 'typebox';
import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, name } from './shapes.ts';

const bytes = (description: string) => Type.String({ description: `base64 of ${description}` });
const hashes = (description: string) =>
	Type.Array(Type.String(), { description: `base64, each SHA-256; ${description}` });
const orNull = <Schema extends TSchema>(schema: Schema, description: string) =>
	Type.Union([schema, Type.Null()], { description });

/** What the page and `keyward ledger prove` check by themselves, without trusting the service that keeps the ledger. */
export const ledgerProve = operation('ledger.prove', {
	summary: 'Shows that a leaf is in the signed ledger, and that it grew from a checkpoint that was seen before',
	callers: [operator, ...people('owner', 'auditor')],
	safe: true,
	input: exactly({
		application: Type.Optional({ ...name, description: 'whose readings; the registry where it is left out' }),
		leaf: Type.Optional({ ...count, description: 'by its place in the ledger' }),
		entry: Type.Optional(
			exactly({
				kind: Type.Enum(['action', 'incident'], { description: 'of the audit log, or an incident' }),
				number: Type.Integer({ minimum: 1 }),
			}),
		),
		since: Type.Optional(
			Type.Integer({ minimum: 1, description: 'how many leaves the checkpoint had that was seen before' }),
		),
	}),
	output: exactly({
		ledger: Type.String({ description: 'a name, or _registry' }),
		key: Type.String({ description: 'verifier key of the ledger (C2SP vkey); your own copy counts' }),
		note: Type.String({ description: 'signed checkpoint (C2SP tlog-checkpoint)' }),
		leaf: orNull(
			exactly({
				index: count,
				bytes: bytes('the leaf'),
				inclusion: hashes('what leads from it to the root of the checkpoint (RFC 9162 §2.1.3.1)'),
			}),
			'null where neither a leaf nor an entry was asked for',
		),
		growth: orNull(
			hashes('what leads from the checkpoint that was seen before to this one (RFC 9162 §2.1.4.1)'),
			'null where none was named, or the ledger is shorter',
		),
		content: orNull(
			Type.String(),
			'what the entry says: JSON, a list of column, type and value; its SHA-256 is in the leaf',
		),
	}),
});

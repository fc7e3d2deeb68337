import type { TSchema } from 'typebox';
import { Type } from './type.ts';
import { operation, reader } from './operation.ts';
import { exactly } from './shapes.ts';

const orNull = <Schema extends TSchema>(schema: Schema, description: string) =>
	Type.Union([schema, Type.Null()], { description });

/** What a reader holds the service to: that the ledger of their readings only grows. */
export const ledgerGrown = operation('ledger.grown', {
	summary: "Shows a reader that their application's ledger grew from the checkpoint that they saw before",
	callers: [reader],
	safe: true,
	input: exactly({
		since: Type.Optional(
			Type.Integer({ minimum: 1, description: 'how many leaves the checkpoint had that was seen before' }),
		),
	}),
	output: exactly({
		ledger: Type.String(),
		key: Type.String({ description: 'verifier key of the ledger (C2SP vkey); the copy that was kept counts' }),
		note: orNull(
			Type.String({ description: 'signed checkpoint (C2SP tlog-checkpoint)' }),
			'null while there is no leaf',
		),
		growth: orNull(
			Type.Array(Type.String(), { description: 'base64, each SHA-256 (RFC 9162 §2.1.4.1)' }),
			'what leads from the checkpoint that was seen before to this one; null where none was named, or the ledger is shorter',
		),
	}),
});

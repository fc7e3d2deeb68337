import { Type } from './type.ts';
import { operation, reader } from './operation.ts';
import { exactly } from './shapes.ts';

/** As large as a checkpoint with the cosignatures of its witnesses may be. */
const note = { minLength: 1, maxLength: 16_384 };

export const ledgerForked = operation('ledger.forked', {
	summary:
		'Takes a checkpoint that the ledger does not follow from: opens an incident where the ledger itself signed it',
	callers: [reader],
	input: exactly({ note: Type.String({ ...note, description: 'signed checkpoint that was seen before' }) }),
	output: exactly({
		incident: Type.Union([Type.Integer(), Type.Null()], {
			description: 'null where the ledger follows from the checkpoint',
		}),
	}),
});

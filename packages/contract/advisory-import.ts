import { errorCodes } from '@keyward/core';
import { Type } from './type.ts';
import { operation, operator } from './operation.ts';
import { exactly } from './shapes.ts';

export const refusedFiles = Type.Array(
	exactly({ file: Type.String(), code: Type.Enum([...errorCodes]), detail: Type.String() }),
);

export const advisoryImport = operation('advisory.import', {
	summary:
		'Reads a file of advisories (OSV, CSAF 2.0), or every .json file of a folder, and compares all bills with them',
	callers: [operator],
	input: exactly({ path: Type.String({ minLength: 1, description: "on the service's machine" }) }),
	output: exactly({
		taken: Type.Array(
			exactly({
				file: Type.String(),
				id: Type.String(),
				outcome: Type.Enum(['new', 'replaced', 'known', 'older', 'by-hand'] as const, {
					description: 'older: a later one is known, and stands; by-hand: an operator gave the known one, which stands',
				}),
				unmatched: Type.Array(Type.String(), { description: 'named in a way that no bill can be compared with' }),
			}),
		),
		refused: refusedFiles,
	}),
});

import { Type } from './type.ts';
import { operation, operator } from './operation.ts';
import { count, exactly, part } from './shapes.ts';

export const manifestImport = operation('manifest.import', {
	summary:
		"Verifies a manufacturer's signed manifest whole and remembers its parts: their keys count as endorsed to be in them",
	callers: [operator],
	input: exactly({
		manufacturer: Type.String({ minLength: 1, maxLength: 200, description: 'as the site file names it' }),
		file: Type.String({ minLength: 1, description: "the manifest's file, on the service's machine" }),
	}),
	output: exactly({
		signer: Type.String({ description: 'SHA-256 of the certificate of who signed it, lower-case hex' }),
		named: Type.Array(part, { description: 'every part of the file, in its order' }),
		parts: count,
		keys: count,
	}),
});

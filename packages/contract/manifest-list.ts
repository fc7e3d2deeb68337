import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, instant, nothing } from './shapes.ts';

const digest = Type.String({ description: 'SHA-256, lower-case hex' });

export const manifestList = operation('manifest.list', {
	summary: 'Lists the manifests that were imported, and how many parts and keys were new with each',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'auditor')],
	safe: true,
	input: nothing,
	output: Type.Array(
		exactly({ file: digest, manufacturer: Type.String(), signer: digest, at: instant, parts: count, keys: count }),
	),
});

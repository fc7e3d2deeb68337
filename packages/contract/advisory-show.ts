import { Type } from './type.ts';
import { exposedVulnerability } from './advisory-list.ts';
import { operation, operator, people } from './operation.ts';
import { exactly, instant } from './shapes.ts';

export const advisoryShow = operation('advisory.show', {
	summary: 'One vulnerability: what each document says of it, and which devices it concerns',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: exactly({ id: Type.String({ minLength: 1, maxLength: 200, description: 'its id, or one of its aliases' }) }),
	output: exactly({
		documents: Type.Array(
			exactly({
				id: Type.String(),
				format: Type.Enum(['osv', 'csaf'] as const),
				publisher: Type.Union([Type.String(), Type.Null()]),
				trusted: Type.Boolean({ description: 'whether its word counts that something is fixed or not affected' }),
				updated: instant,
				imported: instant,
				published: Type.Union([instant, Type.Null()]),
				withdrawn: Type.Union([instant, Type.Null()]),
				summary: Type.String(),
				statements: Type.Array(Type.String(), { description: 'status and package, a line each' }),
			}),
		),
		vulnerabilities: Type.Array(exposedVulnerability),
	}),
});

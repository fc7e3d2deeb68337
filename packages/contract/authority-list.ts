import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { authorityKind, count, exactly, generationState, instant, name, nothing, principalName } from './shapes.ts';

export const authorityList = operation('authority.list', {
	summary: "The site's CAs, generation by generation, and who does not know the newest service CA yet",
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: nothing,
	output: exactly({
		authorities: Type.Array(
			exactly({
				what: authorityKind,
				application: Type.Union([name, Type.Null()]),
				generation: count,
				state: generationState,
				since: instant,
				notAfter: Type.Union([instant, Type.Null()]),
				subject: Type.Union([Type.String(), Type.Null()]),
				key: Type.Enum(['file', 'token', 'emulated-token', 'absent', 'destroyed'], {
					description: 'where its key is; absent: its token is away',
				}),
			}),
		),
		uninformed: Type.Array(principalName),
	}),
});

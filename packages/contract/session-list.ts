import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { session } from './people-shapes.ts';
import { exactly } from './shapes.ts';

export const sessionList = operation('session.list', {
	summary: "People's open sessions",
	callers: [operator, ...people('owner', 'auditor')],
	safe: true,
	input: exactly({}),
	output: Type.Array(session),
});

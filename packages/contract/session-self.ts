import { Type } from './type.ts';
import { operation, people } from './operation.ts';
import { role } from './people-shapes.ts';
import { exactly, instant } from './shapes.ts';

export const sessionSelf = operation('session.self', {
	summary: 'Who is signed in, and until when',
	callers: people('owner', 'operator', 'commissioner', 'reader', 'auditor'),
	safe: true,
	input: exactly({}),
	output: exactly({
		person: Type.String(),
		role,
		until: instant,
		may: Type.Array(Type.String(), { description: 'operations that this role may call' }),
	}),
});

import { levels } from '@keyward/core/vocabulary';
import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { exactly, name, posture } from './shapes.ts';

export const postureOf = operation('posture', {
	summary: 'Required and held level of each objective, and what holds it down',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'reader', 'auditor')],
	safe: true,
	input: exactly({
		application: Type.Optional(name),
		all: Type.Optional(
			Type.Boolean({
				description: 'every weakness, and not the first hundred of each objective: long, for a large fleet',
			}),
		),
		level: Type.Optional(Type.Enum([...levels], { description: 'as if every objective required this level' })),
	}),
	output: Type.Array(posture),
});

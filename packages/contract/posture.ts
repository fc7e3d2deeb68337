import { levels } from '@keyward/core/policy';
import Type from 'typebox';
import { operation, operator } from './operation.ts';
import { exactly, name, posture } from './shapes.ts';

export const postureOf = operation('posture', {
	summary: 'Required and held level of each objective, and what holds it down',
	callers: [operator],
	safe: true,
	input: exactly({
		application: Type.Optional(name),
		level: Type.Optional(Type.Enum([...levels], { description: 'as if every objective required this level' })),
	}),
	output: Type.Array(posture),
});

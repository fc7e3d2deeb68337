import Type from 'typebox';
import { operation, operator } from './operation.ts';
import { applicationOrAll, posture } from './shapes.ts';

export const postureOf = operation('posture', {
	summary: 'Required and held level of each objective, and what holds it down',
	callers: [operator],
	safe: true,
	input: applicationOrAll,
	output: Type.Array(posture),
});

import { Type } from './type.ts';
import { operation, operator } from './operation.ts';
import { exactly, instant, name } from './shapes.ts';

const exercise = exactly({ started: instant, over: Type.Integer({ minimum: 0, description: 'milliseconds' }) });

export const agilityShow = operation('agility.show', {
	summary: 'When each device last went over to another key or issuing CA, and how far the exercise is',
	callers: [operator],
	safe: true,
	input: exactly({ application: name }),
	output: exactly({
		exercise: Type.Union([exercise, Type.Null()]),
		devices: Type.Array(
			exactly({
				device: name,
				due: { ...instant, description: 'when its wave begins' },
				changed: Type.Union([instant, Type.Null()], { description: 'null: never' }),
			}),
		),
	}),
});

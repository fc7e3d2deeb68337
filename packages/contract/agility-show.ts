import { Type } from './type.ts';
import { exercise, saidOfKeys } from './agility-shapes.ts';
import { operation, operator } from './operation.ts';
import { exactly, instant, name } from './shapes.ts';

const textOrNull = Type.Union([Type.String(), Type.Null()]);

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
				kind: { ...textOrNull, description: 'kind of its newest key' },
				seenLink: { ...textOrNull, description: 'link-encryption of its last connection, as its listener saw it' },
				state: Type.Enum(['waiting', 'asked', 'done', 'stays', 'failed']),
				why: textOrNull,
				said: Type.Union([saidOfKeys, Type.Null()], { description: "the device's own word" }),
			}),
		),
	}),
});

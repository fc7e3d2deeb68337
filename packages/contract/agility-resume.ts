import { exercise } from './agility-shapes.ts';
import { operation, operator } from './operation.ts';
import { exactly, name } from './shapes.ts';

export const agilityResume = operation('agility.resume', {
	summary: 'Goes on with an exercise that was paused, or halted by itself',
	callers: [operator],
	input: exactly({ application: name }),
	output: exercise,
});

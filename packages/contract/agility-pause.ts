import { exercise } from './agility-shapes.ts';
import { operation, operator } from './operation.ts';
import { exactly, name, sentence } from './shapes.ts';

export const agilityPause = operation('agility.pause', {
	summary: 'Asks nobody more; those that were asked go on',
	callers: [operator],
	input: exactly({ application: name, reason: sentence }),
	output: exercise,
});

import { exercise } from './agility-shapes.ts';
import { operation, operator } from './operation.ts';
import { exactly, name } from './shapes.ts';

export const agilityBack = operation('agility.back', {
	summary: 'Asks each device, in waves, for the kind of key, the issuing CA and the link that it had before',
	callers: [operator],
	input: exactly({ application: name }),
	output: exercise,
});

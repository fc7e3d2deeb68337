import { Type } from './type.ts';
import { operation, operator, people, program } from './operation.ts';
import { commandSummary, exactly, name } from './shapes.ts';

export const commandList = operation('command.list', {
	summary:
		'Commands for a device, or for all of an application, oldest first: those that wait, and those done with in the last 30 days',
	callers: [operator, ...people('owner', 'operator', 'auditor'), program],
	safe: true,
	input: exactly({ application: name, device: Type.Optional(name) }),
	output: Type.Array(commandSummary),
});

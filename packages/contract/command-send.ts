import { Type } from './type.ts';
import { operation, operator, people, program } from './operation.ts';
import { commandSummary, exactly, instant, name } from './shapes.ts';

export const commandSend = operation('command.send', {
	summary: 'Keeps a command for a device until the device has acknowledged it, however long it sleeps, or it expires',
	callers: [operator, ...people('owner', 'operator'), program],
	withheld: ['payload'],
	input: exactly({
		application: name,
		device: name,
		payload: Type.String({ maxLength: 87_384, description: 'at most 65,536 bytes; opaque to the service' }),
		encoding: Type.Optional(
			Type.Union([Type.Literal('utf-8'), Type.Literal('base64')], {
				description: 'how `payload` is written; utf-8 unless said',
			}),
		),
		contentType: Type.Optional(
			Type.String({ pattern: '^[\\x20-\\x7e]+$', maxLength: 200, description: 'a media type, for the device' }),
		),
		expires: Type.Optional(instant),
	}),
	output: commandSummary,
});

import { namePattern } from '@keyward/core/device';
import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { exactly, grant, instant, name, sentence } from './shapes.ts';

export const grantAdd = operation('grant.add', {
	summary: 'Lets a reader read one stream of one device or of all, for a purpose, until it expires',
	callers: [operator, ...people('owner', 'operator')],
	input: exactly({
		application: name,
		reader: name,
		device: Type.String({ pattern: `${namePattern}|^\\*$`, maxLength: 64 }),
		stream: name,
		purpose: sentence,
		expires: Type.Optional(instant),
	}),
	output: grant,
});

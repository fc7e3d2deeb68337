import { operation, operator, people } from './operation.ts';
import { commissioning, exactly, name } from './shapes.ts';

export const readerExpect = operation('reader.expect', {
	summary: 'Expects a reader and makes its commissioning string; a reader already expected gets a new one',
	callers: [operator, ...people('owner', 'commissioner')],
	input: exactly({ application: name, reader: name }),
	secretAnswer: true,
	output: commissioning,
});

import { Type } from './type.ts';
import { operation, operator, people, program } from './operation.ts';
import { commissioning, exactly, name, part } from './shapes.ts';

export const deviceExpect = operation('device.expect', {
	summary: 'Expects a device and makes its commissioning string; a device already expected gets a new one',
	callers: [operator, ...people('owner', 'operator', 'commissioner'), program],
	input: exactly({ application: name, device: name, class: Type.Optional(name), part: Type.Optional(part) }),
	secretAnswer: true,
	output: commissioning,
});

import Type from 'typebox';
import { operation } from './operation.ts';
import { commissioning, exactly, name } from './shapes.ts';

export const deviceExpect = operation('device.expect', {
	summary: 'Expects a device and makes its commissioning string; a device already expected gets a new one',
	callers: ['operator'],
	input: exactly({ application: name, device: name, class: Type.Optional(name) }),
	output: commissioning,
});

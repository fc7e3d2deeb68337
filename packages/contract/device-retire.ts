import { device, operation } from './operation.ts';
import { count, exactly, nothing } from './shapes.ts';

export const deviceRetire = operation('device.retire', {
	summary: 'The device says that it is about to erase its keys: its certificates are revoked, and it is out of service',
	callers: [device],
	input: nothing,
	output: exactly({ revoked: count }),
});

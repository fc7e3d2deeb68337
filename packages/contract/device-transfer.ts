import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, instant, name, sentence } from './shapes.ts';

export const deviceTransfer = operation('device.transfer', {
	summary: 'Revokes the certificates of a device and expects it in another application or under another name',
	callers: [operator, ...people('owner')],
	privileged: true,
	input: exactly({
		application: name,
		device: name,
		to: name,
		as: Type.Optional(name),
		class: Type.Optional(name),
		reason: sentence,
	}),
	secretAnswer: true,
	output: exactly({ commissioning: Type.String(), expires: instant, revoked: count, cut: count }),
});

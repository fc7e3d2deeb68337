import { Type } from './type.ts';
import { operation, operator, people, program } from './operation.ts';
import { exactly, name } from './shapes.ts';

const pem = Type.String({ minLength: 1, maxLength: 65_536, description: 'certificates in PEM' });

export const deviceAdopt = operation('device.adopt', {
	summary: 'Registers a device under its certificate of another CA, which its class trusts, until it renews here',
	callers: [operator, ...people('owner', 'operator', 'commissioner'), program],
	input: exactly({
		application: name,
		device: name,
		class: Type.Optional(name),
		certificate: pem,
		authority: { ...pem, description: 'the CA that issued it, then each above it, up to one that signed itself; PEM' },
	}),
	output: exactly({ isNew: Type.Boolean({ description: 'false for one that was taken in before' }) }),
	withheld: ['certificate', 'authority'],
});

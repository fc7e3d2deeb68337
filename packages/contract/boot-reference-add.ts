import { softwareVersionPattern } from '@keyward/core/update';
import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { exactly, name } from './shapes.ts';

/** As a release numbers its software. */
export const softwareVersion = Type.String({ pattern: softwareVersionPattern });

export const bootReferenceAdd = operation('boot-reference.add', {
	summary:
		'Adds the reference values of one released version of a device class: devices whose TPM shows other PCR values are named',
	callers: [operator, ...people('owner', 'commissioner')],
	input: exactly({
		application: name,
		class: name,
		version: softwareVersion,
		text: Type.String({ minLength: 1, description: 'as keyward device boot-reference writes it' }),
	}),
	output: exactly({ pcrs: Type.Array(Type.Integer({ minimum: 0, maximum: 23 })), files: Type.Integer({ minimum: 0 }) }),
});

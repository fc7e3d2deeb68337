import { Type } from './type.ts';
import { operation, operator, people, program } from './operation.ts';
import { exactly, name, registeredKey } from './shapes.ts';

export const keyList = operation('key.list', {
	summary: "The keys that an application's devices and readers registered beside that of their certificate",
	callers: [operator, ...people('owner', 'operator', 'auditor'), program],
	safe: true,
	input: exactly({ application: name }),
	output: Type.Array(
		exactly({
			kind: Type.Union([Type.Literal('device'), Type.Literal('reader')]),
			id: name,
			keys: Type.Array(registeredKey),
		}),
	),
});

import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { exactly, instant, nothing } from './shapes.ts';

export const disclosureShow = operation('disclosure.show', {
	summary: 'What security.txt says, whether it has expired, and when its contact was last seen to answer',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: nothing,
	output: exactly({
		text: Type.Union([Type.String(), Type.Null()], { description: 'null: the site file has no security-txt' }),
		expired: Type.Boolean(),
		lastAnswer: Type.Union([instant, Type.Null()]),
	}),
});

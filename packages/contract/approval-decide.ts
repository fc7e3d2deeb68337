import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { number } from './people-shapes.ts';
import { exactly } from './shapes.ts';

export const approvalDecide = operation('approval.decide', {
	summary: "Approves or denies another person's call; the operator of the machine may approve a signed-in person's",
	callers: [operator, ...people('owner', 'operator')],
	input: exactly({ number, approve: Type.Boolean() }),
	output: exactly({ operation: Type.String(), asks: Type.String(), approved: Type.Boolean() }),
});

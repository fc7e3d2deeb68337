import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly } from './shapes.ts';

export const grantEnd = operation('grant.end', {
	summary: 'Takes a grant back and cuts the subscriptions that lived on it',
	callers: [operator, ...people('owner', 'operator')],
	input: exactly({ id: Type.String({ minLength: 1, maxLength: 100 }) }),
	output: exactly({ ended: Type.Boolean(), cut: count }),
});

import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, name, rightsChanges } from './shapes.ts';

export const policyApply = operation('policy.apply', {
	summary: "Makes the text the application's next policy epoch and re-judges everything open",
	callers: [operator, ...people('owner')],
	privileged: true,
	input: exactly({ text: Type.String({ minLength: 1, maxLength: 262_144, description: 'the policy file, YAML' }) }),
	output: exactly({
		application: name,
		epoch: count,
		cut: count,
		rights: rightsChanges,
		warnings: Type.Array(Type.String()),
	}),
});

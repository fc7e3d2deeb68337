import { operation, operator, people } from './operation.ts';
import { ownerInForce } from './owner-shapes.ts';
import { nothing } from './shapes.ts';

export const ownerShow = operation('owner.show', {
	summary: "The owner's root and rosters that are in force, and the key that the service signs their dates with",
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: nothing,
	output: ownerInForce,
});

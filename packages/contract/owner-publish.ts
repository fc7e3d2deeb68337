import { operation, operator, people } from './operation.ts';
import { ownerInForce, repositoryFiles } from './owner-shapes.ts';
import { exactly } from './shapes.ts';

export const ownerPublish = operation('owner.publish', {
	summary: 'Puts in force what the owner signed: a root, a roster. The first root is the owner of the site for good',
	callers: [operator, ...people('owner')],
	withheld: ['files'],
	input: exactly({ files: repositoryFiles }),
	output: ownerInForce,
});

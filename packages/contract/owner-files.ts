import { operation, operator, people } from './operation.ts';
import { repositoryFiles } from './owner-shapes.ts';
import { exactly, nothing } from './shapes.ts';

export const ownerFiles = operation('owner.files', {
	summary: "The owner's repository as it is served, to prepare a change from",
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: nothing,
	output: exactly({ files: repositoryFiles }),
});

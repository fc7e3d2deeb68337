import { Type } from './type.ts';
import { operation, operator } from './operation.ts';
import { releaseSummary } from './release-list.ts';
import { exactly } from './shapes.ts';

export const releasePublish = operation('release.publish', {
	summary: 'Puts signed releases in force from a folder: every image verified before it is served',
	callers: [operator],
	input: exactly({
		folder: Type.String({
			minLength: 1,
			maxLength: 4096,
			description: "on the service's machine, as keyward release init made it",
		}),
	}),
	output: Type.Array(releaseSummary),
});

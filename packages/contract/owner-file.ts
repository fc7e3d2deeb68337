import { Type } from './type.ts';
import { operation, operator, reader, device } from './operation.ts';
import { sha256 } from './owner-shapes.ts';
import { exactly } from './shapes.ts';

export const ownerFile = operation('owner.file', {
	summary: "One file of the owner's repository; of rosters, that of the caller's own application",
	callers: [operator, device, reader],
	safe: true,
	input: exactly({
		path: Type.String({ maxLength: 300, description: 'metadata/… or targets/…, as TUF names it' }),
		pinned: Type.Optional(sha256),
	}),
	output: exactly({
		text: Type.Union([Type.String(), Type.Null()], {
			description: 'null when there is no such file, or it is an artefact',
		}),
		artefact: Type.Union([exactly({ length: Type.Integer({ minimum: 1 }), sha256 }), Type.Null()], {
			description: 'a file of a release, which GET /v1/owner/targets/… streams',
		}),
	}),
});

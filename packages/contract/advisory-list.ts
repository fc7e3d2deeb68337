import { statuses } from '@keyward/core/update';
import { Type } from './type.ts';
import { refusedFiles } from './advisory-import.ts';
import { operation, operator, people } from './operation.ts';
import { applicationOrAll, count, exactly, instant, name } from './shapes.ts';

const exposed = {
	application: name,
	vulnerability: Type.String(),
	aliases: Type.Array(Type.String()),
	summary: Type.String(),
	component: Type.String({ description: 'by its package URL' }),
	status: Type.Enum([...statuses, 'cannot-tell'] as const, {
		description: 'cannot-tell counts as exposed: nobody here can compare its version with those that are affected',
	}),
	since: Type.Integer({ minimum: 0, description: 'when its clock began: publication, else import' }),
	deadline: Type.Union([instant, Type.Null()], { description: 'when the time of patch-deadline is over' }),
	fixed: Type.Union([Type.String(), Type.Null()], { description: 'the least version of the component that mends it' }),
	documents: Type.Array(Type.String(), { description: 'who says so' }),
	class: Type.String(),
	devices: Type.Array(exactly({ device: name, version: Type.String() })),
	mending: Type.Array(Type.String(), {
		description: 'versions of the class that it does not expose, the newest bill first',
	}),
};

export const exposedVulnerability = exactly(exposed);

export const advisoryList = operation('advisory.list', {
	summary: 'Who is exposed to what, which version mends it, and until when; and whose exposure nobody can tell',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: applicationOrAll,
	output: exactly({
		documents: count,
		vulnerabilities: Type.Array(exposedVulnerability, { description: 'exposed first, and of those the longest known' }),
		untold: Type.Array(
			exactly({ application: name, device: name, reason: Type.Enum(['no-version', 'no-bill'] as const) }),
			{ description: 'devices of which nothing can be told' },
		),
		refused: refusedFiles,
	}),
});

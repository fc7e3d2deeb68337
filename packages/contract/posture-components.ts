import { levels, objectives, requirementIds, strengths } from '@keyward/core/vocabulary';
import { operation, operator, people, program } from './operation.ts';
import { component, exactly, instant, name } from './shapes.ts';
import { Type } from './type.ts';

const level = Type.Enum([...levels]);

export const postureComponents = operation('posture.components', {
	summary: 'What each component is weak in, page by page: devices, readers, the service and the update path',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'reader', 'auditor'), program],
	safe: true,
	input: exactly({
		application: name,
		after: Type.Optional(
			Type.String({
				maxLength: 80,
				description: '`next` of the page before: what comes or goes meanwhile moves no other component between pages',
			}),
		),
		limit: Type.Integer({ minimum: 1, maximum: 500, description: 'components' }),
		all: Type.Optional(
			Type.Boolean({ description: 'what is below level 4 too, and not only what is below the required level' }),
		),
	}),
	output: exactly({
		components: Type.Array(
			exactly({
				...component.properties,
				unseen: Type.Boolean({ description: 'it never connected: what a connection shows of it is not asked yet' }),
				weaknesses: Type.Array(
					exactly({
						requirement: Type.Enum([...requirementIds]),
						objective: Type.Enum([...objectives]),
						...{ required: level, held: level, reason: Type.String() },
						barred: Type.Boolean({ description: 'no site can hold the next level with this version' }),
						remedy: Type.Union([Type.String(), Type.Null()], { description: 'what to do first about it' }),
						evidence: Type.Union(
							[
								exactly({
									...{ strength: Type.Enum([...strengths]), source: Type.String(), at: instant },
									until: Type.Optional(instant),
								}),
								Type.Null(),
							],
							{ description: 'the newest that there is' },
						),
					}),
				),
			}),
			{ description: 'those that are weak in something' },
		),
		next: Type.Union([Type.String(), Type.Null()], { description: 'for `after`; null: there are no more' }),
	}),
});

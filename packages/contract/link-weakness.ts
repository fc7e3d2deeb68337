import { levels, objectives, requirementIds, strengths } from '@keyward/core/vocabulary';
import { Type } from './type.ts';
import { component, count, exactly, instant } from './shapes.ts';

const level = Type.Enum([...levels]);
const objective = Type.Enum([...objectives]);

/** One requirement that is weak alike at components of one link. */
export const linkWeakness = exactly({
	requirement: Type.Enum([...requirementIds]),
	...{ objective, statement: Type.String() },
	clause: Type.Array(Type.String(), { description: 'published clauses that ask for it; empty where none does' }),
	...{ required: level, achieved: level, reason: Type.String() },
	barred: Type.Boolean({ description: 'no site can achieve the next level with this version' }),
	remedy: Type.Union([Type.String(), Type.Null()], { description: 'what a site does about it, for the first of them' }),
	count: { ...count, description: 'how many components are weak alike' },
	components: Type.Array(component, { description: 'the first of them' }),
	evidence: Type.Union(
		[
			exactly({
				...{ strength: Type.Enum([...strengths]), source: Type.String(), at: instant },
				until: Type.Optional(instant),
			}),
			Type.Null(),
		],
		{ description: 'the newest that there is of the first component' },
	),
});

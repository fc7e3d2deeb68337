import { chainLinks, levels, objectives, requirementIds, strengths } from '@keyward/core/policy';
import Type from 'typebox';
import { operation, operator, people } from './operation.ts';
import { applicationOrAll, component, count, exactly, instant, name } from './shapes.ts';

const level = Type.Enum([...levels]);
const link = Type.Enum([...chainLinks]);
const objective = Type.Enum([...objectives]);

const weakness = exactly({
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

export const postureChain = operation('posture.chain', {
	summary: 'Each application from sensor to reader: what every link achieves, the weakest, and why',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'reader', 'auditor')],
	safe: true,
	input: applicationOrAll,
	output: Type.Array(
		exactly({
			application: name,
			mode: Type.Union([Type.Literal('enforce'), Type.Literal('audit')]),
			weakest: { ...link, description: 'falls shortest of what is required; where none does, achieves least' },
			links: Type.Array(
				exactly({
					link,
					components: { ...count, description: 'what it is made of; 0: there is nothing yet' },
					objectives: Type.Array(exactly({ objective, required: level, achieved: level })),
					weaknesses: Type.Array(weakness, { description: 'what keeps it from level 4, the worst first' }),
				}),
			),
		}),
	),
});

import { levels, objectives, pathLinks, pathNames } from '@keyward/core/vocabulary';
import { Type } from './type.ts';
import { linkWeakness } from './link-weakness.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, name } from './shapes.ts';

const level = Type.Enum([...levels]);
const path = Type.Enum([...pathNames]);
const link = Type.Enum([...new Set(Object.values(pathLinks).flat())]);

export const posturePaths = operation('posture.paths', {
	summary: 'The paths of data, commands, commissioning and updates: what every link achieves, the weakest, and why',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'reader', 'auditor')],
	safe: true,
	input: exactly({
		application: Type.Optional(name),
		path: Type.Optional(Type.Enum([...pathNames], { description: 'this path alone' })),
	}),
	output: Type.Array(
		exactly({
			application: name,
			mode: Type.Union([Type.Literal('enforce'), Type.Literal('audit')]),
			paths: Type.Array(
				exactly({
					path,
					weakest: { ...link, description: 'falls shortest of what is required; where none does, achieves least' },
					links: Type.Array(
						exactly({
							link,
							components: { ...count, description: 'what it is made of; 0: there is nothing yet' },
							objectives: Type.Array(
								exactly({ objective: Type.Enum([...objectives]), required: level, achieved: level }),
							),
							weaknesses: Type.Array(linkWeakness, { description: 'what keeps it from level 4, the worst first' }),
						}),
					),
				}),
			),
		}),
	),
});

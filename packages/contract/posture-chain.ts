import { chainLinks, levels, objectives } from '@keyward/core/vocabulary';
import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { linkWeakness } from './link-weakness.ts';
import { applicationOrAll, count, exactly, name } from './shapes.ts';

const level = Type.Enum([...levels]);
const link = Type.Enum([...chainLinks]);
const objective = Type.Enum([...objectives]);

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
					weaknesses: Type.Array(linkWeakness, { description: 'what keeps it from level 4, the worst first' }),
				}),
			),
		}),
	),
});

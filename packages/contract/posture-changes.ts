import { levels, objectives, requirementIds } from '@keyward/core/vocabulary';
import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { component, count, exactly, instant, name } from './shapes.ts';

const level = Type.Enum([...levels]);
const cause = Type.Union(
	[
		exactly({
			requirement: Type.Enum([...requirementIds]),
			reason: Type.String(),
			count: { ...count, description: 'components that it was weak at alike' },
			component: Type.Union([component, Type.Null()], { description: 'the first of them' }),
		}),
		Type.Null(),
	],
	{ description: 'what held it at this level; null where nothing was weak' },
);

export const postureChangesOf = operation('posture.changes', {
	summary: 'How objectives rose and fell in the last 400 days, oldest first',
	callers: [operator, ...people('owner', 'operator', 'commissioner', 'reader', 'auditor')],
	safe: true,
	input: exactly({
		application: Type.Optional(name),
		since: instant,
		limit: Type.Integer({ minimum: 1, maximum: 1000, description: 'the newest so many' }),
	}),
	output: Type.Array(
		exactly({
			at: { ...instant, description: 'when it was seen: within a minute of the change' },
			application: name,
			objective: Type.Enum([...objectives]),
			required: level,
			held: level,
			cause,
			from: Type.Union([exactly({ required: level, held: level, cause }), Type.Null()], {
				description: 'as it was before; null: it was never looked at before',
			}),
		}),
	),
});

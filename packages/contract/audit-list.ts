import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { count, exactly, instant, name } from './shapes.ts';

export const auditList = operation('audit.list', {
	summary: 'Who changed what in the last 400 days, newest first',
	callers: [operator, ...people('owner', 'auditor')],
	safe: true,
	input: exactly({
		since: Type.Optional(instant),
		application: Type.Optional(name),
		before: Type.Optional(Type.Integer({ minimum: 1, description: 'only entries with a lower number' })),
		limit: Type.Integer({ minimum: 1, maximum: 1000 }),
	}),
	output: Type.Array(
		exactly({
			number: count,
			at: instant,
			who: Type.String(),
			operation: Type.String(),
			application: Type.Union([Type.String(), Type.Null()], {
				description: 'null for what names none; such entries are in the list of every application',
			}),
			input: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
				description: 'what it was called with; a payload and long texts are shortened to their size',
			}),
			reason: Type.Union([Type.String(), Type.Null()]),
			ended: Type.Union([instant, Type.Null()], {
				description: 'null while it is under way, and for ever when the service stopped within it',
			}),
			result: Type.Union([Type.String(), Type.Null()], { description: '`done`, or the code of the error' }),
		}),
	),
});

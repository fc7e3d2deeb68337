import { operation, operator, people } from './operation.ts';
import { number } from './people-shapes.ts';
import { count, exactly } from './shapes.ts';

export const sessionEnd = operation('session.end', {
	summary: "Ends a person's session; its page goes dark at once",
	callers: [operator, ...people('owner')],
	input: exactly({ number }),
	output: exactly({ ended: count }),
});

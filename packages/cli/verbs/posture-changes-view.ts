import { type PostureChange, stateKey } from '@keyward/core/policy';

type Cause = PostureChange['cause'];

const named = (cause: Cause): string => {
	if (cause === null) return 'nothing is weak';
	const { requirement, component, reason, count } = cause;
	const first = component === null ? '' : ` at ${component.kind === 'service' ? 'the service' : component.id}`;
	return `${requirement}${first}${count > 1 ? ` and ${count - 1} more` : ''}: ${reason}`;
};

/** What was known is not that somebody mended a thing: evidence may have come, or the policy asks for it no longer. */
const whyRisen = (cause: NonNullable<Cause>): string =>
	cause.reason === 'no evidence'
		? `evidence came, or it is no longer asked: ${named(cause)} before`
		: `mended, or no longer asked: ${named(cause)} before`;

/** What brought an objective where it is: of a fall, what holds it down; of a rise, what did before. */
export const whyChanged = ({ held, cause, from }: PostureChange): string => {
	if (from === null) return `first seen; ${named(cause)}`;
	if (held < from.held) return named(cause);
	if (held > from.held) return from.cause === null ? '' : whyRisen(from.cause);
	return 'the policy asks for another level';
};

/** Whether an objective is held lower now than before the first of these changes, oldest first, or lower than is required. */
export const fellSince = (changes: readonly PostureChange[]): boolean =>
	[...Map.groupBy(changes, stateKey).values()].some((all) => {
		const [first, last] = [all[0], all.at(-1)];
		if (first === undefined || last === undefined) return false;
		return last.held < last.required || (first.from !== null && last.held < first.from.held);
	});

import { catalogue, objectives, type Policy, printParameter, printSpan } from '@keyward/core/policy';
import { tableOf, wrapped } from '../terminal/output.ts';

const SCREEN = 80;

const namesOr = (names: readonly string[], otherwise: string): string =>
	names.length > 0 ? names.join(', ') : otherwise;

const streamsOf = ({ streams }: Policy): string =>
	tableOf(
		['stream', 'unit', 'every', 'may be granted to', ''],
		[...streams.values()].map(({ name, unit, every, readers, essential }) => [
			...[name, unit, printSpan(every), namesOr(readers, 'nobody'), essential ? 'essential' : ''],
		]),
		SCREEN,
	);

const classesOf = ({ devices }: Policy): string =>
	tableOf(
		['device class', 'key lives in', 'writes', ''],
		[...devices.values()].map(({ name, custody, streams, sleeps }) => [
			...[name, custody.join(' or '), streams.join(', '), sleeps === undefined ? '' : `sleeps ${printSpan(sleeps)}`],
		]),
		SCREEN,
	);

/** What an objective asks, each requirement with its value, as one paragraph. */
const objectiveOf = (policy: Policy, objective: (typeof objectives)[number]): string => {
	const asked = catalogue.flatMap(({ id, objective: of, scale }) => {
		const value = policy.parameters[id];
		if (of !== objective || value === null) return [];
		if (scale.kind === 'asked') return [id];
		const limit = scale.kind === 'at-most' ? 'at most ' : scale.kind === 'at-least' ? 'at least ' : '';
		return [`${id} (${limit}${printParameter(id, value)})`];
	});
	const lines = wrapped(namesOr(asked, 'nothing'), SCREEN - 4).map((line) => `    ${line}`);
	return [`  ${objective} ${policy.level[objective]}`, ...lines].join('\n');
};

/** What a policy says of the streams, classes and readers, and what its levels ask: one screen. */
export const summaryOf = (policy: Policy): string => {
	const mode =
		policy.mode === 'enforce'
			? 'What falls short of this policy is refused.'
			: 'What falls short of this policy is let in, and shown as a breach.';
	return [
		`${policy.application}. ${mode}\n`,
		streamsOf(policy),
		classesOf(policy),
		`Levels, and what they ask\n${objectives.map((objective) => objectiveOf(policy, objective)).join('\n')}\n`,
		'With --requirements: each with its meaning, evidence and clause.\n',
	].join('\n');
};

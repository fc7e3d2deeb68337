import { catalogue, objectives, type Objective, type Policy, printParameter, printSpan } from '@keyward/core/policy';
import type { Command } from 'commander';
import { explainFailure, print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { policyIn } from './policy-file.ts';
import { summaryOf } from './policy-summary.ts';

/** What the policy makes of one objective, requirement by requirement. */
const explained = (policy: Policy, objective: Objective) =>
	catalogue
		.filter((entry) => entry.objective === objective)
		.map(({ id, statement, scale, asks, applies, clause, enforcement, evidence }) => {
			const value = policy.parameters[id];
			const ask = asks[policy.level[objective]] ?? null;
			const limit = scale.kind === 'at-most' ? 'at most ' : scale.kind === 'at-least' ? 'at least ' : '';
			return {
				requirement: id,
				statement,
				asks: value === null ? null : scale.kind === 'asked' ? 'asked' : `${limit}${printParameter(id, value)}`,
				evidence: value === null || ask === null ? null : { strength: ask.strength, age: ask.age, from: evidence },
				at: applies,
				clause,
				enforcement,
			};
		});

const paragraph = ({
	requirement,
	statement,
	asks,
	evidence,
	at,
	clause,
	enforcement,
}: ReturnType<typeof explained>[number]): string => {
	const age = evidence?.age ? `, not older than ${printSpan(evidence.age)}` : '';
	const shown = evidence
		? `${evidence.strength} evidence${age} for each ${at.join(' and ')}`
		: `evidence for each ${at.join(' and ')}`;
	return [
		`  ${requirement}: ${asks}`,
		`    ${statement}`,
		`    Shown by ${shown}. ${enforcement === 'not built' ? 'Not built yet: it counts as not held.' : `Enforced in ${enforcement}.`}`,
		`    Asked by ${clause === 'ours' ? 'no published clause; it is ours' : clause.join('; ')}.`,
	].join('\n');
};

const prose = (policy: Policy): string =>
	[
		`${policy.application}. ${
			policy.mode === 'enforce'
				? 'What falls short of this policy is refused.'
				: 'What falls short of this policy is let in, and shown as a breach.'
		}`,
		...objectives.map((objective) => {
			const rows = explained(policy, objective);
			const silent = rows.filter(({ asks }) => asks === null).map(({ requirement }) => requirement);
			return [
				`${objective}, level ${policy.level[objective]}`,
				...rows.filter(({ asks }) => asks !== null).map(paragraph),
				...(silent.length > 0 ? [`  Nothing is asked of ${silent.join(', ')}.`] : []),
			].join('\n\n');
		}),
	].join('\n\n');

const explain = (file: string, json: boolean, requirements: boolean): void => {
	const policy = policyIn(file, json);
	if (policy === null) return;
	if (!json) {
		print(requirements ? `${prose(policy)}\n` : summaryOf(policy));
		return;
	}
	const { application, mode, level } = policy;
	printJson({
		application,
		mode,
		objectives: objectives.map((objective) => ({
			objective,
			level: level[objective],
			requirements: explained(policy, objective),
		})),
	});
};

/** `keyward policy explain FILE`: offline; exit code 0 held, 1 findings, 2 unreadable. */
export const register = (program: Command): void => {
	group(program, 'policy')
		.command('explain')
		.description('Explain what a policy file requires, why, and what enforces it')
		.argument('<file>', 'the policy')
		.option('--requirements', 'each requirement with its meaning, evidence, enforcement and clause')
		.option('--json', 'print JSON')
		.action((file: string, { json = false, requirements = false }: { json?: boolean; requirements?: boolean }) => {
			try {
				explain(file, json, requirements);
			} catch (error) {
				process.exitCode = explainFailure(error, json);
			}
		});
};

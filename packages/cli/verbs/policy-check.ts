import {
	catalogue,
	type CatalogueEntry,
	expandParameters,
	type ParameterValue,
	type Policy,
	printParameter,
} from '@keyward/core/policy';
import type { Command } from 'commander';
import { explainFailure, print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { policyIn } from './policy-file.ts';

/** Whether the code makes true what this policy asks: `yes`, `no`, or the value that it goes up to. */
const built = ({ id, scale, builtTo }: CatalogueEntry, value: ParameterValue | null): string => {
	if (builtTo === null) return 'no';
	return value === null || scale.satisfies(builtTo, value) ? 'yes' : `to ${printParameter(id, builtTo)}`;
};

/** Each requirement with what the policy asks of it, and whether the level or the team said so. */
const expanded = (policy: Policy) => {
	const byLevel = expandParameters(policy.level);
	return catalogue.map((entry) => {
		const { id, objective } = entry;
		const value = policy.parameters[id];
		const from = value === byLevel[id] ? `${objective} ${policy.level[objective]}` : 'tightened';
		return { requirement: id, objective, value, written: printParameter(id, value), from, built: built(entry, value) };
	});
};

const check = (file: string, json: boolean): void => {
	const policy = policyIn(file, json);
	if (policy === null) return;
	const parameters = expanded(policy);
	const { application, mode, level } = policy;
	if (json) {
		printJson({ application, mode, level, parameters });
		return;
	}
	print(`${application}: no findings, mode ${mode}. It asks:\n\n`);
	printTable(
		['requirement', 'value', 'from', 'built'],
		parameters.filter(({ value }) => value !== null).map((row) => [row.requirement, row.written, row.from, row.built]),
	);
};

/** `keyward policy check FILE`: offline; exit code 0 held, 1 findings, 2 unreadable. */
export const register = (program: Command): void => {
	group(program, 'policy')
		.command('check')
		.description('Check a policy file and list its requirements')
		.argument('<file>', 'the policy')
		.option('--json', 'print JSON')
		.action((file: string, { json = false }: { json?: boolean }) => {
			try {
				check(file, json);
			} catch (error) {
				process.exitCode = explainFailure(error, json);
			}
		});
};

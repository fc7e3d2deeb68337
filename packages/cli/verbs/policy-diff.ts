import { comparePolicies, parsePolicy, printParameter, printRights } from '@keyward/core/policy';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { policyIn } from './policy-file.ts';
import { readDocument } from './read-text.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward policy diff FILE`: exit code 0 compared, 1 findings, 2 not compared. Changes nothing. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'policy')
			.command('diff')
			.description('Compare a policy file with the policy in force: what it changes, and what it would cut')
			.argument('<file>', 'the policy'),
	).action(async (file: string, options: SiteOptions) => {
		const after = policyIn(file, options.json ?? false);
		if (after === null) return;
		const compared = await ask(options, 'policy.compare', { text: readDocument(file) });
		const inForce = (await ask(options, 'policy.list', {})).find(
			({ application }) => application === after.application,
		);
		const changes = (inForce === undefined ? [] : comparePolicies(parsePolicy(inForce.text, 'taken'), after)).map(
			({ requirement, before, after: is, direction }) => ({
				requirement,
				before: printParameter(requirement, before),
				after: printParameter(requirement, is),
				direction,
			}),
		);
		if (options.json === true) return printJson({ ...compared, changes });
		const { application, epoch, live, cut, narrowed, sessions, lost, grants, rights, warnings } = compared;
		print(
			epoch === 0
				? `${application} is new here: nothing is cut.\n`
				: `${application}, compared with policy epoch ${epoch}: ${cut} of ${live} live sessions would be cut, ${narrowed} held to essential streams, ${lost} grants would hold no longer.\n`,
		);
		if (changes.length > 0)
			printTable(
				['requirement', 'now', 'then', ''],
				changes.map((one) => [one.requirement, one.before, one.after, one.direction]),
			);
		for (const { kind, id, reason, requirement } of sessions)
			print(`cut    ${kind} ${id}: ${inLine(reason)} (${requirement})\n`);
		if (cut + narrowed > sessions.length) print(`and ${cut + narrowed - sessions.length} more\n`);
		for (const { reader, device, stream } of grants) print(`lost   ${reader}: ${application}/${device}/${stream}\n`);
		if (lost > grants.length) print(`lost   and ${lost - grants.length} more\n`);
		for (const right of rights.flatMap(printRights)) print(`right  ${right}\n`);
		for (const warning of warnings) print(`Warning: ${inLine(warning)}\n`);
	});
};

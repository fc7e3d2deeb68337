import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { printRights } from '@keyward/core/policy';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { policyIn } from './policy-file.ts';
import { readDocument } from './read-text.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward policy apply FILE`: exit code 0 in force, 1 findings, 2 not applied. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'policy')
			.command('apply')
			.description('Apply a policy file, and judge open sessions by it')
			.argument('<file>', 'the policy'),
	).action(async (file: string, options: SiteOptions) => {
		if (policyIn(file, options.json ?? false) === null) return;
		const applied = await ask(options, 'policy.apply', { text: readDocument(file) });
		if (options.json === true) return printJson(applied);
		const { application, epoch, cut, rights, warnings } = applied;
		print(
			`${application} is held to policy epoch ${epoch}; ${cut} live ${cut === 1 ? 'session was' : 'sessions were'} cut.\n`,
		);
		for (const right of rights.flatMap(printRights)) print(`${right}\n`);
		for (const warning of warnings) print(`Warning: ${inLine(warning)}\n`);
	});
};

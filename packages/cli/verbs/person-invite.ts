import { personRoles } from '@keyward/core/port';
import { type Command, Option } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly role: (typeof personRoles)[number];
}

/** What a person may be, for `--role`. */
export const roleOption = (): Option =>
	new Option('--role <role>', 'what they may do; docs/people.md has the table')
		.choices(personRoles)
		.makeOptionMandatory();

/** `keyward person invite`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'person')
			.command('invite')
			.description('Print a link by which a person registers a passkey, once')
			.argument('<name>', 'what the audit log calls them')
			.addOption(roleOption()),
	).action(async (person: string, options: Options) => {
		const { role } = options;
		const made = await ask(options, 'person.invite', { person, role });
		if (options.json === true) return printJson(made);
		print(
			`${made.link}\n\nIt lets ${person} register a passkey as ${role}, once, until ${printMoment(made.expires)}.\n` +
				`Give it to nobody else: who opens it first is ${person}.\n`,
		);
	});
};

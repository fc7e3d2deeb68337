import type { personRoles } from '@keyward/core/port';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { roleOption } from './person-invite.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly role: (typeof personRoles)[number];
}

/** `keyward person role`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'person')
			.command('role')
			.description('Give a person another role')
			.argument('<name>', 'whom')
			.addOption(roleOption()),
	).action(async (person: string, options: Options) => {
		const done = await ask(options, 'person.role', { person, role: options.role });
		if (options.json === true) return printJson(done);
		print(`${person} is ${options.role} from the next call on.\n`);
	});
};

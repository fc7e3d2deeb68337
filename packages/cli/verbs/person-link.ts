import type { PersonRole } from '@keyward/core/port';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { roleOption } from './person-invite.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly role: PersonRole;
	readonly issuer: string;
	readonly subject?: string;
	readonly email?: string;
}

/** `keyward person link`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'person')
			.command('link')
			.description('Let a person sign in by an issuer that the site file names (OpenID Connect)')
			.argument('<name>', 'what the audit log calls them')
			.addOption(roleOption())
			.requiredOption('--issuer <name>', 'its name under sign-in in the site file')
			.option('--subject <sub>', 'what the issuer calls them for ever')
			.option(
				'--email <address>',
				'their address, if the issuer verified it; the subject of the first sign-in counts from then on',
			),
	).action(async (person: string, options: Options) => {
		const { role, issuer, subject, email } = options;
		const linked = await ask(options, 'person.link', {
			...{ person, role, issuer },
			...(subject !== undefined && { subject }),
			...(email !== undefined && { email }),
		});
		if (options.json === true) return printJson(linked);
		print(`${person} signs in by ${linked.issuer} as ${role} from now on.\n`);
	});
};

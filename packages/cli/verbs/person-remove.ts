import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly reason: string;
}

/** `keyward person remove`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'person')
			.command('remove')
			.description('Remove a person and end their sessions')
			.argument('<name>', 'whom')
			.requiredOption('--reason <text>', 'why, for the audit log'),
	).action(async (person: string, options: Options) => {
		const done = await ask(options, 'person.remove', { person, reason: options.reason });
		if (options.json === true) return printJson(done);
		print(`${person} is removed; ${done.ended} ${done.ended === 1 ? 'session was' : 'sessions were'} ended.\n`);
	});
};

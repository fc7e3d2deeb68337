import { parseSpan } from '@keyward/core/policy';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly over: string;
	readonly newCa?: boolean;
}

/** `keyward agility start`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'agility')
			.command('start')
			.description('Ask every device of an application for a new key, in waves')
			.requiredOption('--application <name>', 'the application')
			.option('--over <span>', 'how long the waves are spread over', '1d')
			.option('--new-ca', 'make the next generation of its issuing CA first'),
	).action(async (options: Options) => {
		const { application, over, newCa = false } = options;
		const started = await ask(options, 'agility.start', { application, over: parseSpan(over), newAuthority: newCa });
		if (options.json === true) return printJson(started);
		print(
			`Devices of ${application} are asked for a new key when they next ask for updates, the last of them from ${printMoment(started.started + started.over)}.\n` +
				`See who has one: keyward agility status --application ${application}\n`,
		);
	});
};

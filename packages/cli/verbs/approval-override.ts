import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly minutes: string;
	readonly reason: string;
}

/** `keyward approval override`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'approval')
			.command('override')
			.description('Do without a second person for a while, on record')
			.option('--minutes <count>', 'how long, in minutes; 60 at most', '15')
			.requiredOption('--reason <text>', 'why nobody else can approve, for the audit log'),
	).action(async (options: Options) => {
		const minutes = Number(options.minutes);
		if (!Number.isInteger(minutes) || minutes < 1 || minutes > 60)
			throw new Problem('request-malformed', `--minutes is a whole number from 1 to 60, not ${options.minutes}.`);
		const done = await ask(options, 'approval.override', { minutes, reason: options.reason });
		if (options.json === true) return printJson(done);
		print(`Until ${printMoment(done.until)} you need no second person. It is in the audit log.\n`);
	});
};

import type { Command } from 'commander';
import { exit, print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward alerts test`: exit code 0 delivered, 1 not. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'alerts').command('test').description('Send a test alert to the webhook of the site file'),
	).action(async (options: SiteOptions) => {
		const answer = await ask(options, 'alerts.test', {});
		process.exitCode = answer.delivered ? exit.held : exit.finding;
		if (options.json === true) return printJson(answer);
		print(`${answer.detail}\n`);
	});
};

import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** A number that a list shows. Throws `Problem('request-malformed')`. */
export const numberOf = (text: string): number => {
	if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
	throw new Problem('request-malformed', `It is a number from the list, not ${JSON.stringify(text)}.`);
};

/** `keyward session end`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'session')
			.command('end')
			.description("End a person's session; its page goes dark at once")
			.argument('<number>', 'as keyward session list has it'),
	).action(async (text: string, options: SiteOptions) => {
		const number = numberOf(text);
		const done = await ask(options, 'session.end', { number });
		if (options.json === true) return printJson(done);
		print(`Session ${number} has ended.\n`);
	});
};

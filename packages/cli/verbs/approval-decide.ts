import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { numberOf } from './session-end.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward approval approve` and `keyward approval deny`. */
export const register = (program: Command): void => {
	for (const [word, says] of [
		['approve', "Approve a signed-in person's call"],
		['deny', "Deny another person's call"],
	] as const) {
		siteOptions(
			group(program, 'approval')
				.command(word)
				.description(says)
				.argument('<number>', 'as keyward approval list has it'),
		).action(async (text: string, options: SiteOptions) => {
			const done = await ask(options, 'approval.decide', { number: numberOf(text), approve: word === 'approve' });
			if (options.json === true) return printJson(done);
			print(
				done.approved
					? `${done.asks} may repeat ${done.operation} once, within 15 minutes.\n`
					: `${done.operation} of ${done.asks} is denied.\n`,
			);
		});
	}
};

import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { findRollout, headline, type RolloutOptions } from './rollout-view.ts';
import { ask, siteOptions } from './site.ts';

interface Options extends RolloutOptions {
	readonly reason: string;
}

/** `keyward rollout pause`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'rollout')
			.command('pause')
			.description('Tell no further device of a release; those that were told go on')
			.argument('[id]', 'of the rollout (default: the one under way)')
			.requiredOption('--application <name>', 'the application')
			.option('--reason <text>', 'why, for the record', 'paused by an operator'),
	).action(async (id: string | undefined, options: Options) => {
		const { reason } = options;
		const found = await findRollout(options, id);
		const changed = await ask(options, 'rollout.pause', { id: found.id, reason });
		if (options.json === true) return printJson(changed);
		print(headline(changed));
	});
};

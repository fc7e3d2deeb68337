import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { findRollout, headline, type RolloutOptions } from './rollout-view.ts';
import { ask, siteOptions } from './site.ts';

/** `keyward rollout resume`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'rollout')
			.command('resume')
			.description('Go on with a rollout that is paused or halted; devices that failed are told again')
			.argument('[id]', 'of the rollout (default: the one under way)')
			.requiredOption('--application <name>', 'the application'),
	).action(async (id: string | undefined, options: RolloutOptions) => {
		const found = await findRollout(options, id);
		const changed = await ask(options, 'rollout.resume', { id: found.id });
		if (options.json === true) return printJson(changed);
		print(headline(changed));
	});
};

import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { findRollout, headline, type RolloutOptions } from './rollout-view.ts';
import { ask, siteOptions } from './site.ts';

interface Options extends RolloutOptions {
	readonly reason: string;
}

/** `keyward rollout halt`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'rollout')
			.command('halt')
			.description('Stop a rollout for good, in an emergency')
			.argument('[id]', 'of the rollout (default: the one under way)')
			.requiredOption('--application <name>', 'the application')
			.option('--reason <text>', 'why, for the record', 'halted by an operator'),
	).action(async (id: string | undefined, options: Options) => {
		const { reason } = options;
		const found = await findRollout(options, id);
		const changed = await ask(options, 'rollout.stop', { id: found.id, reason });
		if (options.json === true) return printJson(changed);
		print(headline(changed));
	});
};

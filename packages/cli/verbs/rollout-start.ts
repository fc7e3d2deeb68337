import type { Command } from 'commander';
import { print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { parseTerms, termOptions, type WrittenTerms } from './rollout-terms.ts';
import { headline, ringHeadings, ringRows, type RolloutOptions } from './rollout-view.ts';
import { ask, siteOptions } from './site.ts';

interface Options extends RolloutOptions, WrittenTerms {}

/** `keyward rollout start VERSION`. */
export const register = (program: Command): void => {
	termOptions(
		siteOptions(
			group(program, 'rollout')
				.command('start')
				.description('Bring a signed release to its devices, ring by ring; it halts by itself when they fall ill')
				.argument('<version>', 'version of the release')
				.requiredOption('--application <name>', 'the application'),
		),
	).action(async (version: string, options: Options) => {
		const { application } = options;
		const started = await ask(options, 'rollout.start', { application, version, terms: parseTerms(options) });
		if (options.json === true) return printJson(started);
		print(headline(started));
		printTable(ringHeadings, ringRows(started));
		print(`Follow it with: keyward rollout status --application ${application} --follow\n`);
	});
};

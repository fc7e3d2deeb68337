import type { Command } from 'commander';
import { type GivenOut, givenOutOptions, printCommissioning } from './expect.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions, GivenOut {
	readonly application: string;
}

/** `keyward reader expect`: the commissioning string alone on standard output. */
export const register = (program: Command): void => {
	givenOutOptions(
		siteOptions(
			group(program, 'reader')
				.command('expect')
				.description('Register a reader and print its one-time commissioning token')
				.argument('<id>', 'name of the reader, as the policy has it')
				.requiredOption('--application <name>', 'the application that it reads from'),
		),
	).action(async (reader: string, options: Options) => {
		const { application } = options;
		await printCommissioning('reader', reader, options, () => ask(options, 'reader.expect', { application, reader }));
	});
};

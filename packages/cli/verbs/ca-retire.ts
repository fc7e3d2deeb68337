import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { type CaOptions, kindArgument, nameOf, parseKind } from './ca-kind.ts';
import { group } from './group.ts';
import { ask, ofApplication, siteOptions } from './site.ts';

interface Options extends CaOptions {
	readonly generation: string;
	readonly force?: boolean;
}

/** `keyward ca retire`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'ca')
			.command('retire')
			.description('End a generation that no longer signs, and destroy its key')
			.argument(kindArgument, 'which CA')
			.option('--application <name>', 'whose issuing CA')
			.requiredOption('--generation <number>', 'which, as keyward ca list shows it')
			.option('--force', 'although some need it still; they must be commissioned again'),
	).action(async (text: string, options: Options) => {
		const what = parseKind(text);
		if (!/^\d{1,6}$/.test(options.generation))
			throw new Problem('request-malformed', `--generation is a number, not ${JSON.stringify(options.generation)}.`);
		const generation = Number(options.generation);
		const force = options.force ?? false;
		const done = await ask(options, 'authority.retire', {
			what,
			...ofApplication(options),
			generation,
			force,
		});
		if (options.json === true) return printJson(done);
		print(`Generation ${generation} of the ${nameOf(what, options.application)} is retired, and its key destroyed.\n`);
	});
};

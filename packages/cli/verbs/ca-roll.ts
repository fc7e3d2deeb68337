import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { type CaOptions, kindArgument, nameOf, parseKind } from './ca-kind.ts';
import { group } from './group.ts';
import { ask, ofApplication, siteOptions } from './site.ts';

interface Options extends CaOptions {
	readonly lost?: boolean;
}

/** `keyward ca roll`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'ca')
			.command('roll')
			.description('Make the next generation of a CA: new key, new certificate')
			.argument(kindArgument, 'which CA')
			.option('--application <name>', 'whose issuing CA')
			.option('--lost', 'the key of the present generation is lost: nothing that it signs leads to the next'),
	).action(async (text: string, options: Options) => {
		const what = parseKind(text);
		const lost = options.lost ?? false;
		const made = await ask(options, 'authority.roll', { what, ...ofApplication(options), lost });
		if (options.json === true) return printJson(made);
		const name = nameOf(what, options.application);
		print(
			made.state === 'announced'
				? `Generation ${made.generation} of the ${name} is announced. Devices fetch it within a day of being online; ` +
						'keyward ca list names those that have not. Then: keyward ca activate\n'
				: `The ${name} signs with generation ${made.generation} from now on. The one before stays trusted for what it ` +
						'signed, and is retired by itself when nobody needs it.\n',
		);
	});
};

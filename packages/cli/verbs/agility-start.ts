import { type ApiStep, apiSteps } from '@keyward/core/authorize';
import { parseSpan } from '@keyward/core/spelling';
import { type SigningAlgorithm, signingAlgorithms } from '@keyward/core/port';
import { type Command, Option } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly over: string;
	readonly newCa?: boolean;
	readonly kind?: SigningAlgorithm;
	readonly link?: ApiStep;
	readonly replace?: boolean;
}

/** `keyward agility start`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'agility')
			.command('start')
			.description(
				'Ask every device of an application for a new key, another kind of key, or a stricter link, in waves',
			)
			.requiredOption('--application <name>', 'the application')
			.option('--over <span>', 'how long the waves are spread over', '1d')
			.option('--new-ca', 'make the next generation of its issuing CA first')
			.addOption(new Option('--kind <kind>', 'kind of key that each is to have').choices(signingAlgorithms))
			.addOption(new Option('--link <step>', 'the least link that each is to take').choices(apiSteps))
			.option('--replace', 'end the exercise under way where it stands: it does not go back any more'),
	)
		.addHelpText(
			'after',
			'\nWith --link alone, keys stay. A device that cannot make such a key says so, and stays as it is.\nEach device can go back: keyward agility back',
		)
		.action(async (options: Options) => {
			const { application, over, newCa = false, kind, link, replace } = options;
			const started = await ask(options, 'agility.start', {
				...{ application, over: parseSpan(over), newAuthority: newCa },
				...(kind !== undefined && { kind }),
				...(link !== undefined && { link }),
				...(replace !== undefined && { replace }),
			});
			if (options.json === true) return printJson(started);
			const wanted = [
				...(kind !== undefined
					? [`${kind === 'Ed25519' ? 'an' : 'a'} ${kind} key`]
					: link === undefined || newCa
						? ['a new key']
						: []),
				...(link === undefined ? [] : [`a link of at least ${link}`]),
			].join(' and ');
			print(
				`Devices of ${application} are asked for ${wanted} when they next ask for updates, the last of them from ${printMoment(started.started + started.over)}.\n` +
					`See how far each is: keyward agility status --application ${application}\n`,
			);
		});
};

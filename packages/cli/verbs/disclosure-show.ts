import type { Command } from 'commander';
import { exit, print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward disclosure show`: exit code 0 a text is served, 1 there is no text, or it has expired. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'disclosure')
			.command('show')
			.description('Show security.txt, and when its contact was last seen to answer'),
	).action(async (options: SiteOptions) => {
		const shown = await ask(options, 'disclosure.show', {});
		const { text, expired, lastAnswer } = shown;
		if (text === null || expired) process.exitCode = exit.finding;
		if (options.json === true) return printJson(shown);
		print(text ?? 'The site file has no security-txt (docs/site-file.md).\n');
		if (expired) print('It has expired, and is not served: give it a later time in the site file.\n');
		print(
			lastAnswer === null
				? 'Nobody noted that its contact answers: keyward disclosure answered\n'
				: `Its contact last answered ${printMoment(lastAnswer)}.\n`,
		);
	});
};

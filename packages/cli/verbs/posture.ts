import type { Command } from 'commander';
import { exit, print, printJson } from '../terminal/output.ts';
import { renderPosture } from './posture-view.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application?: string;
	readonly all?: boolean;
}

const NARROW = 80;
const WIDE = 120;

/** `keyward posture`: exit code 0 all held, 1 something is held below its required level. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('posture')
			.description('Show the required and achieved level of each objective, and its weakest link')
			.option('--application <name>', 'of this application only')
			.option('--all', 'every weakness, not only the weakest'),
	).action(async (options: Options) => {
		const postures = await ask(options, 'posture', ofApplication(options));
		if (postures.some(({ objectives }) => objectives.some(({ held, required }) => held < required)))
			process.exitCode = exit.finding;
		if (options.json === true) return printJson(postures);
		if (postures.length === 0) {
			print('No application yet: keyward policy apply FILE\n');
			return;
		}
		const { stdout, env } = process;
		const layout = {
			width: Math.min(WIDE, Math.max(NARROW, stdout.isTTY ? stdout.columns : 100)),
			colour: stdout.isTTY && !env['NO_COLOR'],
			all: options.all ?? false,
		};
		// It has colours of ours; what others wrote in it is made visible where it is put in.
		stdout.write(`${postures.map((posture) => renderPosture(posture, layout)).join('\n\n')}\n`);
	});
};

import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly reason: string;
}

/** `keyward agility pause`, `resume` and `back`. */
export const register = (program: Command): void => {
	const agility = group(program, 'agility');
	const verb = (name: string, description: string): Command =>
		siteOptions(
			agility.command(name).description(description).requiredOption('--application <name>', 'the application'),
		);
	verb('pause', 'Ask nobody more in the exercise; those that were asked go on')
		.requiredOption('--reason <text>', 'why, for the audit log')
		.action(async (options: Options) => {
			const { application, reason } = options;
			const paused = await ask(options, 'agility.pause', { application, reason });
			if (options.json === true) return printJson(paused);
			print(`Nobody more of ${application} is asked. Go on: keyward agility resume --application ${application}\n`);
		});
	verb('resume', 'Go on with an exercise that was paused, or halted by itself').action(async (options: Options) => {
		const { application } = options;
		const resumed = await ask(options, 'agility.resume', { application });
		if (options.json === true) return printJson(resumed);
		print(`Devices of ${application} are asked again.\n`);
	});
	verb('back', 'Ask each device, in waves, for the kind of key, the CA and the link that it had before').action(
		async (options: Options) => {
			const { application } = options;
			const turned = await ask(options, 'agility.back', { application });
			if (options.json === true) return printJson(turned);
			print(
				`Devices of ${application} go back to what they had, each when it next asks for updates.\n` +
					`See how far each is: keyward agility status --application ${application}\n`,
			);
		},
	);
};

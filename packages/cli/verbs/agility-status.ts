import type { Command } from 'commander';
import { exit, print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
}

/** `keyward agility status`: exit code 0 every device changed since the exercise began, 1 some did not. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'agility')
			.command('status')
			.description('Show when each device last took a new key or went over to a new CA')
			.requiredOption('--application <name>', 'the application'),
	).action(async (options: Options) => {
		const shown = await ask(options, 'agility.show', { application: options.application });
		const { exercise, devices } = shown;
		const done = devices.filter(({ changed }) => changed !== null && changed >= (exercise?.started ?? 0));
		if (done.length < devices.length) process.exitCode = exit.finding;
		if (options.json === true) return printJson(shown);
		print(
			exercise === null
				? `No exercise was started; ${done.length} of ${devices.length} devices ever changed.\n`
				: `${done.length} of ${devices.length} devices changed since ${printMoment(exercise.started)}.\n`,
		);
		printTable(
			['device', 'asked from', 'last changed'],
			devices.map((one) => [one.device, exercise === null ? '–' : printMoment(one.due), printMoment(one.changed)]),
		);
	});
};

import type { Command } from 'commander';
import { printJson, printTable } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly device?: string;
}

/** `keyward command list`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'command')
			.command('list')
			.description('List the commands of an application: waiting, and finished in the last 30 days')
			.requiredOption('--application <name>', 'the application')
			.option('--device <id>', 'for this device only'),
	).action(async (options: Options) => {
		const { application } = options;
		const device = options.device === undefined ? undefined : deviceName(options.device);
		const commands = await ask(options, 'command.list', { application, ...(device === undefined ? {} : { device }) });
		if (options.json === true) return printJson(commands);
		printTable(
			['device', 'state', 'sent', 'until', 'acknowledged', 'bytes', 'content type', 'command'],
			commands.map((one) => [
				one.device,
				one.state,
				printMoment(one.at),
				printMoment(one.expires),
				printMoment(one.delivered),
				String(one.size),
				one.contentType,
				one.id,
			]),
		);
	});
};

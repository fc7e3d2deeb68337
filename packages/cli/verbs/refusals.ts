import { Problem } from '@keyward/core';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { print, printJson, printText } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { printRefusals } from './print-refusals.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application?: string;
	readonly device?: string;
}

/** `keyward refusals`. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('refusals')
			.description('Show who was refused what since the service started, and why')
			.option('--application <name>', 'of this application only')
			.option('--device <id>', 'of this device of the application only'),
	).action(async (options: Options) => {
		if (options.device !== undefined && options.application === undefined)
			throw new Problem('request-malformed', '--device needs --application: names are those of an application.');
		const device = options.device === undefined ? {} : { device: deviceName(options.device) };
		const refusals = await ask(options, 'refusals.list', { ...ofApplication(options), ...device });
		if (options.json === true) return printJson(refusals);
		if (refusals.length === 0) print('Nothing was refused since the service started.\n');
		const byPeer = Map.groupBy(refusals, ({ principal, person }) =>
			person !== undefined
				? `person ${person.name}, ${person.role}: ${person.operation}`
				: principal === null
					? 'Strangers'
					: `${principal.kind} ${principal.id} of ${principal.application}`,
		);
		for (const [who, theirs] of byPeer) {
			printText(`${inLine(who)}\n`);
			printRefusals(theirs);
		}
	});
};

import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { parseMoment, printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly stream: string;
	readonly device: string;
	readonly purpose: string;
	readonly expires?: string;
}

/** `keyward grant`. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('grant')
			.description('Let a reader read one stream, for a purpose, until it expires')
			.argument('<reader>', 'name of the reader')
			.requiredOption('--application <name>', 'the application')
			.requiredOption('--stream <name>', 'the stream that may be read')
			.option('--device <id>', 'of this device; * is every device of the application', '*')
			.requiredOption('--purpose <text>', 'what for, in words that an auditor will read')
			.option('--expires <when>', 'a span such as 30d, or a date (default: the longest that the policy allows)'),
	).action(async (reader: string, options: Options) => {
		const { application, stream, purpose, expires } = options;
		const device = options.device === '*' ? '*' : deviceName(options.device);
		const grant = await ask(options, 'grant.add', {
			application,
			reader,
			device,
			stream,
			purpose,
			...(expires === undefined ? {} : { expires: parseMoment(expires, Date.now()) }),
		});
		if (options.json === true) return printJson(grant);
		const whose = grant.device === '*' ? 'every device' : grant.device;
		print(
			`${reader} may read ${stream} of ${whose} in ${application} until ${printMoment(grant.expires)}.\n` +
				`Take it back with: keyward revoke grant ${grant.id}\n`,
		);
	});
};

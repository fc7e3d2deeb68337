import { days, Problem } from '@keyward/core';
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
	readonly sign?: string;
	readonly out?: string;
	readonly yes?: boolean;
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
			.option('--expires <when>', 'a span such as 30d, or a date (default: the longest that the policy allows)')
			.option(
				'--sign <folder>',
				'where the application has an owner: sign the new roster at once with the key in this folder',
			)
			.option('--out <file>', 'where the application has an owner: the new roster, to be signed', 'roster-change.json')
			.option('--yes', 'sign without asking'),
	).action(async (reader: string, options: Options) => {
		const { application, stream, purpose, expires } = options;
		const device = options.device === '*' ? '*' : deviceName(options.device);
		if (options.sign !== undefined || (await isOnRoster(options, application))) {
			const { prepareChange } = await import('./owner/prepare-change.ts');
			const { signOrKeep } = await import('./roster.ts');
			if (device !== '*')
				throw new Problem('request-malformed', 'A roster names streams and no devices: leave --device out.');
			const until = expires === undefined ? Date.now() + days(90) : parseMoment(expires, Date.now());
			const gain = { reader, stream, purpose: purpose === 'archive' ? 'archive' : 'read', expires: until } as const;
			return signOrKeep(await prepareChange(options, application, { gains: [gain] }), options);
		}
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

/** Whether the readers of this application come from a roster that the owner signs. */
export const isOnRoster = async (options: SiteOptions, application: string): Promise<boolean> =>
	(await ask(options, 'owner.show', {})).rosters.some((one) => one.application === application);

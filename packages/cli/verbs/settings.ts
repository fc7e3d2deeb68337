import { join, resolve } from 'node:path';
import type { SiteFile } from '@keyward/service/site';
import type { Command } from 'commander';
import { dataFolder, type SiteOptions, siteOptions } from './site.ts';

export interface SettingsOptions extends SiteOptions {
	readonly site?: string;
}

/** Adds `--data`, `--site` and `--json`. */
export const settingsOptions = (command: Command): Command =>
	siteOptions(command).option(
		'--site <file>',
		'the site file (default: KEYWARD_SITE, else site.yaml in the data folder)',
	);

/** The data folder and the site file's path, absolute; `named` says that the file must be there. */
export const placesOf = (options: SettingsOptions): { data: string; file: string; named: boolean } => {
	const data = resolve(dataFolder(options));
	const named = options.site ?? (process.env['KEYWARD_SITE'] || undefined);
	return { data, file: named === undefined ? join(data, 'site.yaml') : resolve(named), named: named !== undefined };
};

/** The data folder and what its site file says; null when there is none. Throws `Problem('site-configuration')`. */
export const settingsOf = async (
	options: SettingsOptions,
): Promise<{ readonly data: string; readonly file: string; readonly site: SiteFile | null }> => {
	const { openSite } = await import('@keyward/service/site');
	const { data, file, named } = placesOf(options);
	return { data, file, site: await openSite(file, named) };
};

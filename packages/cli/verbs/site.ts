import { connectLocal } from '@keyward/client/connect';
import type { OperationName, Operations } from '@keyward/contract';
import type { Command } from 'commander';
import { whileWaiting } from './progress-line.ts';

/** Options of every verb that asks a running site. */
export interface SiteOptions {
	readonly data?: string;
	readonly json?: boolean;
}

const DATA_HELP = "the site's data folder (default: KEYWARD_DATA, else .keyward)";

/** Adds `--data` and `--json`. */
export const siteOptions = (command: Command): Command =>
	command.option('--data <folder>', DATA_HELP).option('--json', 'print JSON');

export const dataFolder = ({ data }: SiteOptions): string => data ?? (process.env['KEYWARD_DATA'] || '.keyward');

/** Asks the site that runs in the data folder. Throws the service's `Problem`, or `site-unreachable`. */
export const ask = async <Name extends OperationName>(
	options: SiteOptions,
	name: Name,
	input: Operations[Name]['input'],
): Promise<Operations[Name]['output']> => {
	const client = connectLocal(dataFolder(options));
	try {
		return await whileWaiting('waiting for the site', client.call(name, input));
	} finally {
		client.close();
	}
};

/** `{ application }` when one was named. */
export const ofApplication = ({ application }: { readonly application?: string }): { application?: string } =>
	application === undefined ? {} : { application };

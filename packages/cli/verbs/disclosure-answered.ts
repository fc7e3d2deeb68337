import { Problem, writtenInstant } from '@keyward/core';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly at?: string;
}

const timeOf = (text: string): number => {
	const at = writtenInstant(text);
	if (at !== null && at >= 0) return at;
	throw new Problem('request-malformed', `${JSON.stringify(text)} is no time: write 2026-11-27, or 2026-11-27T08:00Z.`);
};

/** `keyward disclosure answered`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'disclosure')
			.command('answered')
			.description('Note that the contact of security.txt answered somebody who wrote to it')
			.option('--at <time>', 'when, in UTC: 2026-11-27 or 2026-11-27T08:00Z (default: now)'),
	).action(async ({ at, ...options }: Options) => {
		const noted = await ask(options, 'disclosure.answered', at === undefined ? {} : { at: timeOf(at) });
		if (options.json === true) return printJson(noted);
		print(`Noted: the contact last answered ${printMoment(noted.at)}. It counts for a year.\n`);
	});
};

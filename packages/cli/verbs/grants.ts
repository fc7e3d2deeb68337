import type { Instant } from '@keyward/core';
import type { Grant } from '@keyward/core/port';
import type { Command } from 'commander';
import { printJson, printTable } from '../terminal/output.ts';
import { printMoment } from './moment.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

const stateOf = ({ ended, expires }: Grant, now: Instant): string =>
	ended !== null ? `revoked ${printMoment(ended)}` : expires <= now ? 'expired' : 'stands';

/** `keyward grants`. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('grants')
			.description('List who may read what, for which purpose and until when')
			.option('--application <name>', 'of this application only'),
	).action(async (options: SiteOptions & { readonly application?: string }) => {
		const grants = await ask(options, 'grant.list', ofApplication(options));
		if (options.json === true) return printJson(grants);
		const now = Date.now();
		printTable(
			['application', 'reader', 'stream', 'device', 'until', 'state', 'purpose', 'grant'],
			grants.map((grant) => [
				grant.application,
				grant.reader,
				grant.stream,
				grant.device,
				printMoment(grant.expires),
				stateOf(grant, now),
				grant.purpose,
				grant.id,
			]),
		);
	});
};

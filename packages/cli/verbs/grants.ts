import type { Instant } from '@keyward/core';
import type { Grant } from '@keyward/core/port';
import type { Command } from 'commander';
import { printJson, printTable, tell } from '../terminal/output.ts';
import { printMoment } from './moment.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

const stateOf = ({ ended, expires, unrecorded }: Grant, now: Instant): string => {
	if (ended !== null) return `revoked ${printMoment(ended)}`;
	if (expires <= now) return 'expired';
	return unrecorded === true ? 'not in the ledger' : 'stands';
};

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
		const past = grants.filter((grant) => stateOf(grant, now) === 'not in the ledger').length;
		if (past > 0)
			tell(
				`No entry of the ledger records ${past} of them as ${past === 1 ? 'it is' : 'they are'}: written or altered in the database past the service. ${past === 1 ? 'It lets' : 'They let'} nobody read. Run keyward ledger verify, end each with keyward revoke grant GRANT, and grant again what was right.\n`,
			);
	});
};

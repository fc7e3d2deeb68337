import type { Command } from 'commander';
import { print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward session list`. */
export const register = (program: Command): void => {
	siteOptions(group(program, 'session').command('list').description("List people's open sessions")).action(
		async (options: SiteOptions) => {
			const sessions = await ask(options, 'session.list', {});
			if (options.json === true) return printJson(sessions);
			printTable(
				['session', 'person', 'role', 'since', 'last call', 'state', 'from', 'browser'],
				sessions.map((one) => [
					...[String(one.number), one.person, one.role ?? 'removed', printMoment(one.opened), printMoment(one.seen)],
					...[one.locked ? 'locked' : 'open', one.from, one.browser ?? 'not kept'],
				]),
			);
			print(`\n${sessions.length} ${sessions.length === 1 ? 'session is' : 'sessions are'} open.\n`);
		},
	);
};

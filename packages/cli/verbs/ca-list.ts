import type { Command } from 'commander';
import { print, printJson, printTable } from '../terminal/output.ts';
import { nameOf } from './ca-kind.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

const places = {
	file: 'file',
	token: 'token',
	'emulated-token': 'token (emulated)',
	absent: 'token (away)',
	destroyed: 'destroyed',
} as const;

/** `keyward ca list`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'ca')
			.command('list')
			.description('List the CAs, their generations, where each key is, and who must still learn of a new one'),
	).action(async (options: SiteOptions) => {
		const list = await ask(options, 'authority.list', {});
		if (options.json === true) return printJson(list);
		printTable(
			['CA', 'generation', 'state', 'since', 'valid until', 'key'],
			list.authorities.map(({ what, application, generation, state, since, notAfter, key }) => [
				nameOf(what, application),
				String(generation),
				state,
				printMoment(since),
				notAfter === null ? '-' : printMoment(notAfter),
				places[key],
			]),
		);
		if (list.uninformed.length === 0) return;
		print(`\nHave not fetched the newest service CA yet (${list.uninformed.length}):\n`);
		for (const { kind, application, id } of list.uninformed) print(`  ${kind} ${application}/${id}\n`);
	});
};

import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { printRights } from '@keyward/core/policy';
import { print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

/** `keyward approval list`. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'approval')
			.command('list')
			.description('List what waits for a second person, and overrides that stand'),
	).action(async (options: SiteOptions) => {
		const { requests, overrides } = await ask(options, 'approval.list', {});
		if (options.json === true) return printJson({ requests, overrides });
		printTable(
			['request', 'who', 'what', 'until', 'approved by', 'with'],
			requests.map((one) => [
				...[String(one.number), one.asks, one.operation, printMoment(one.expires), one.approvedBy ?? 'nobody yet'],
				one.input.length > 200 ? `${one.input.slice(0, 200)}… (--json has all)` : one.input,
			]),
		);
		for (const { number, rights } of requests) {
			if (rights === null)
				print(
					`\nRequest ${number}: its policy is too long to be read here, or malformed. Ask for the file, and compare it: keyward policy diff FILE\n`,
				);
			else if (rights.length > 0) print(`\nRequest ${number}: ${rights.flatMap(printRights).join(' ')}\n`);
		}
		for (const { who, until, reason } of overrides)
			print(`\nUntil ${printMoment(until)} ${who} does without a second person: ${inLine(reason)}\n`);
	});
};

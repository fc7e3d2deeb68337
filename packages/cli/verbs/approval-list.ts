import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
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
		for (const { who, until, reason } of overrides)
			print(`\nUntil ${printMoment(until)} ${who} does without a second person: ${inLine(reason)}\n`);
	});
};

import type { Operations } from '@keyward/contract';
import { Problem } from '@keyward/core';
import { parseSpan } from '@keyward/core/spelling';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { fitsWhole, print, printJson, printTable, printText, terminalWidth } from '../terminal/output.ts';
import { parseMoment, printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

type Entry = Operations['audit.list']['output'][number];

interface Options extends SiteOptions {
	readonly since?: string;
	readonly application?: string;
	readonly limit: string;
}

const PAGE = 1000;

/** Back from now, or a date. */
const sinceOf = (text: string, now: number): number =>
	/^\d+\s?[a-z]+$/.test(text) ? now - parseSpan(text) : parseMoment(text, now);

const limitOf = (text: string): number => {
	if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
	throw new Problem('request-malformed', `--limit must be a whole number from 1 on, not ${JSON.stringify(text)}.`);
};

/** A key or a proof is for programs (--json): here it is known by how it begins. */
const LONGEST_SHOWN = 40;

const shown = (value: string): string =>
	value.length <= LONGEST_SHOWN ? value : `${value.slice(0, LONGEST_SHOWN - 1)}…`;

/** What it was done with: `device=probe-1 class=probe`; the reason has its own place. */
const inputOf = ({ input }: Entry): string =>
	Object.entries(input)
		.filter(([name]) => name !== 'reason' && name !== 'purpose')
		.map(([name, value]) => `${name}=${shown(typeof value === 'string' ? value : JSON.stringify(value))}`)
		.join(' ');

/** `keyward audit`. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('audit')
			.description('Show who changed what: every action of an operator in the last 400 days')
			.option('--since <moment>', 'from then on: a span back such as 7d, or 2027-01-31, or 2027-01-31T12:00:00Z')
			.option('--application <name>', 'of this application, and actions that name none')
			.option('--limit <count>', 'the newest so many', '50'),
	).action(async (options: Options) => {
		const { application } = options;
		const limit = limitOf(options.limit);
		const since = options.since === undefined ? undefined : sinceOf(options.since, Date.now());
		const query = { ...(since === undefined ? {} : { since }), ...(application === undefined ? {} : { application }) };
		const found: Entry[] = [];
		for (let more = true; more && found.length < limit;) {
			const before = found.at(-1)?.number;
			const page = await ask(options, 'audit.list', {
				...query,
				...(before === undefined ? {} : { before }),
				limit: Math.min(PAGE, limit - found.length),
			});
			found.push(...page);
			more = page.length === PAGE;
		}
		found.reverse();
		if (options.json === true) return printJson(found);
		const headings = ['number', 'when', 'who', 'what', 'result', 'with'];
		const rows = found.map((entry) => [
			String(entry.number),
			printMoment(entry.at),
			entry.who,
			entry.operation,
			entry.result ?? 'not ended',
			`${inputOf(entry)}${entry.reason === null ? '' : ` (${entry.reason})`}`,
		]);
		if (fitsWhole(headings, rows, terminalWidth())) printTable(headings, rows);
		else
			for (const row of rows) {
				const [number, when, who, what, result, input = ''] = row.map(inLine);
				printText(`${number}  ${when}  ${who}: ${what}, ${result}\n${input === '' ? '' : `    ${input}\n`}`);
			}
		if (found.length === limit) print(`\nThese are the newest ${limit}; --limit shows more.\n`);
	});
};

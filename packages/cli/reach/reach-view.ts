import { inLine } from '@keyward/core/export';
import type { ReachReport } from '@keyward/core/reach';
import { hanging, tableOf } from '../terminal/output.ts';

/** A scenario as it is shown. */
export interface Scenario {
	/** "as it is", or what was supposed. */
	readonly name: string;
	readonly report: ReachReport;
}

const number = (n: number): string => n.toLocaleString('en');

const words: Readonly<Record<string, string>> = {
	device: 'machines',
	gateway: 'gateways',
	reader: 'readers',
	person: 'people',
	service: 'services',
	custody: 'places of keys',
	key: 'keys',
	identity: 'names that can be shown',
	ca: 'CAs that can be used',
	'update-role': 'update roles',
	'command-role': 'roles that command',
	'owner-role': 'roles of the owner',
	'key-epoch': 'key epochs',
	'stream-write': 'streams that can be invented',
	'stream-read': 'streams that can be read',
	commands: 'devices that can be commanded',
};

const both = (certain: number, inHand: number): string => {
	if (inHand === 0) return number(certain);
	return certain === 0 ? `${number(inHand)} in hand` : `${number(certain)} + ${number(inHand)} in hand`;
};

const ARROW = ' → ';

/** What falls with one subject, the scenarios side by side, then the steps of each. */
export const renderReach = (
	scenarios: readonly Scenario[],
	assumptions: readonly string[],
	width = Number.POSITIVE_INFINITY,
): string => {
	const [first] = scenarios;
	if (first === undefined) return '';
	const kinds = new Set(scenarios.flatMap(({ report }) => report.falls.map(({ kind }) => kind)));
	const rows = [
		['other devices that fall', ...scenarios.map(({ report }) => both(report.others.certain, report.others.inHand))],
		['a key leaves', ...scenarios.map(({ report }) => (report.keyLeaves ? 'yes' : 'no'))],
		...[...kinds].map((kind) => [
			words[kind] ?? kind,
			...scenarios.map(({ report }) => {
				const fallen = report.falls.find((one) => one.kind === kind);
				return both(fallen?.certain ?? 0, fallen?.inHand ?? 0);
			}),
		]),
		['exposure (things of worth)', ...scenarios.map(({ report }) => number(report.exposure))],
		['impact (by weight)', ...scenarios.map(({ report }) => number(report.impact))],
	];
	const TABLE = 1;
	const parts = [
		`When an attacker takes ${inLine(first.report.subject)}:\n\n`,
		tableOf(['', ...scenarios.map(({ name }) => name)], rows, width),
		'\nPlain figures: for certain, and kept. "in hand": only while it is powered and in hand, or while an access lasts.\n',
	];
	for (const { name, report } of scenarios) {
		parts.push(`\nHow, ${inLine(name)}:\n`);
		report.steps.forEach(({ grade, from, says, to, more }, index) =>
			parts.push(
				`  ${index + 1}. ${inLine(`${from} ${says} ${to}`)}${more > 0 ? `, and ${number(more)} more so` : ''}${grade === 'in-hand' ? '  [while in hand]' : ''}\n`,
			),
		);
		if (report.steps.length === 0) parts.push('  Nothing else falls.\n');
		const [choke] = report.chokePoints;
		if (choke !== undefined)
			parts.push(
				`  Mend first: ${inLine(choke.what)}${ARROW}cuts ${number(choke.exposure)} of ${number(report.exposure)} (impact ${number(choke.impact)} of ${number(report.impact)})\n`,
			);
	}
	if (assumptions.length > 0) parts.push('\nTaken for the worse:\n', ...assumptions.map((one) => `  ${inLine(one)}\n`));
	return parts.map((one, index) => (index === TABLE ? one : hanging(one, width))).join('');
};

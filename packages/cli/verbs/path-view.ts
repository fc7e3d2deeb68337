import { roughSpan } from '@keyward/core/spelling';
import type { Operations } from '@keyward/contract';
import { inLine } from '@keyward/core/export';
import { BOLD, GREEN, paint, RED, wrap } from '../terminal/paint.ts';

export type Paths = Operations['posture.paths']['output'][number];
type Path = Paths['paths'][number];
type Link = Path['links'][number];
type Weakness = Link['weaknesses'][number];

/** Columns of the terminal, and whether it shows colours. */
interface Layout {
	readonly width: number;
	readonly colour: boolean;
	readonly all: boolean;
	readonly now: number;
}

/** Weaknesses shown of a link when not all are wanted. */
const FEW = 2;
const LINK = 12;
const COUNT = 8;
const INDENT = 2 + LINK + COUNT;

/** What falls short, the worst first. */
const short = ({ weaknesses }: Link): Weakness[] => weaknesses.filter(({ achieved, required }) => achieved < required);

const where = ({ components, count }: Weakness): string => {
	const [first] = components;
	if (first === undefined) return `${count} components`;
	const name =
		first.kind === 'service'
			? 'the service'
			: first.kind === 'update'
				? 'the update path'
				: `${first.kind} ${first.id}`;
	return count === 1 ? name : `${name} and ${count - 1} more`;
};

/** As a link is named to a person. */
const linkName = (link: Link['link']): string => (link === 'people' ? 'the people who sign in' : link);

const evidenceOf = ({ evidence }: Weakness, now: number): string =>
	evidence === null ? '' : ` [${evidence.strength}, ${evidence.source}, ${roughSpan(Math.max(0, now - evidence.at))}]`;

const inWords = (one: Weakness, now: number): string =>
	inLine(`${one.achieved}/${one.required} ${one.requirement} at ${where(one)}: ${one.reason}${evidenceOf(one, now)}`);

const weakestOf = ({ weakest, links }: Path): Link | undefined => links.find(({ link }) => link === weakest);

/** One line for each path: its weakest link and what is weakest there. */
export const renderPathSummary = ({ paths }: Paths, { width, colour }: Pick<Layout, 'width' | 'colour'>): string[] => {
	const name = 16;
	const lines = paths.flatMap((path) => {
		const weakest = weakestOf(path);
		const [worst] = weakest === undefined ? [] : short(weakest);
		const said =
			worst === undefined
				? 'achieved'
				: `${linkName(path.weakest)}: ${worst.requirement} at ${where(worst)}, ${worst.achieved} of ${worst.required}`;
		const mark = worst === undefined ? paint(GREEN, '✓', colour) : paint(RED, '✗', colour);
		const [first = '', ...rest] = wrap(inLine(said), width - name - 2);
		return [`${mark} ${path.path.padEnd(name)}${first}`, ...rest.map((line) => `${' '.repeat(name + 2)}${line}`)];
	});
	return ['Weakest link by path (more: --path data|command|commissioning|update|all):', ...lines];
};

const linkLines = (path: Path, link: Link, { width, colour, all, now }: Layout): string[] => {
	const below = short(link);
	const shown = all ? link.weaknesses : below.slice(0, FEW);
	const room = Math.max(30, width - INDENT);
	const said = shown.flatMap((one) => wrap(inWords(one, now), room));
	if (!all && below.length > FEW) said.push(`and ${below.length - FEW} more: --all`);
	const bad = link.components > 0 && below.length > 0;
	if (link.components === 0) said.splice(0, said.length, 'nothing yet');
	else if (said.length === 0) said.push('achieved');
	const mark = bad ? paint(RED, '✗', colour) : paint(GREEN, '✓', colour);
	const name = link.link.padEnd(LINK);
	const weakest = bad && link.link === path.weakest;
	const start = `${mark} ${weakest ? paint(BOLD, name, colour) : name}${String(link.components).padEnd(COUNT)}`;
	const [first = '', ...rest] = said;
	return [`${start}${first}`, ...rest.map((line) => `${' '.repeat(INDENT)}${line}`)];
};

/** Each path of one application, link by link. */
export const renderPaths = ({ application, mode, paths }: Paths, layout: Layout): string => {
	const how = mode === 'audit' ? 'mode audit: breaches are let in and shown' : 'mode enforce';
	const each = paths.map((path) => {
		const weakest = weakestOf(path);
		const isShort = weakest !== undefined && short(weakest).length > 0;
		const links = path.links.map(({ link }) => link).join(' → ');
		return [
			`${paint(BOLD, path.path, layout.colour)}: ${links}`,
			isShort ? `Weakest link: ${linkName(path.weakest)}.` : 'Every link achieves what is required.',
			...path.links.flatMap((link) => linkLines(path, link, layout)),
		].join('\n');
	});
	return [`${paint(BOLD, inLine(application), layout.colour)}  (${how})`, ...each].join('\n\n');
};

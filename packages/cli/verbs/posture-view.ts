import {
	type Component,
	type ObjectivePosture,
	type Posture,
	remedyOf,
	type WeakAlike,
	type Weakness,
} from '@keyward/core/policy';
import { inLine } from '@keyward/core/export';
import { BOLD, DIM, GREEN, paint, RED, wrap } from '../terminal/paint.ts';

/** How a posture is laid out: columns of the terminal, whether it shows colours, and whether every weakness is wanted. */
export interface PostureLayout {
	readonly width: number;
	readonly colour: boolean;
	readonly all: boolean;
}

const OBJECTIVE = 17;
const MARGIN = 2;
/** A gauge and the space after it. */
const GAUGE = 10;
/** Weaknesses shown of each objective when not all are wanted. */
const FEW = 3;
const INDENT = MARGIN + OBJECTIVE + 2 * GAUGE;

/** `●●○○ 2`: four places, the level in figures for anyone who cannot tell the dots apart. */
const gauge = (level: number): string => `${'●'.repeat(level)}${'○'.repeat(4 - level)} ${level}`;

const componentName = ({ kind, id }: Component): string =>
	kind === 'service' ? 'the service' : kind === 'update' ? 'the update path' : `${kind} ${id}`;

/** Devices with open incidents, by what these were opened for. */
const suspicions = ({ suspected, counts }: Pick<Posture, 'suspected' | 'counts'>): string => {
	const causes = [...new Set(suspected.flatMap((one) => one.causes))];
	const said = causes.map((cause) => {
		const of = suspected.filter((one) => one.causes.includes(cause));
		return `${named(of, of.length)} (${cause})`;
	});
	const others = counts.suspected - suspected.length;
	return [...said, ...(others > 0 ? [`${others} more`] : [])].join(', ');
};

/** The first of so many. */
const named = (components: readonly Component[], count: number): string => {
	const names = components.slice(0, count <= 3 ? 3 : 2).map(componentName);
	if (names.length === 0) return `${count} ${count === 1 ? 'component' : 'components'}`;
	return count <= names.length ? names.join(', ') : `${names.join(', ')} and ${count - names.length} more`;
};

/** One requirement at all the components where it is held down alike, in words. */
const inWords = ({ requirement, held, reason, count }: WeakAlike, weakest: readonly Weakness[]): string => {
	const shown = weakest.filter((one) => one.requirement === requirement && one.held === held && one.reason === reason);
	const components = shown.map(({ component }) => component);
	return inLine(`${requirement} at ${named(components, count)}: ${reason}`);
};

const objectiveLines = (objective: ObjectivePosture, { width, colour, all }: PostureLayout): string[] => {
	const { required, held, alike, weakest } = objective;
	const short = held < required;
	const barred = alike.filter((one) => one.barred);
	const groups = all ? alike : alike.filter((one) => !one.barred);
	const shown = all ? groups : groups.slice(0, FEW);
	const room = Math.max(30, width - INDENT);
	const said = shown.flatMap((one) => {
		const text = inWords(one, weakest);
		return wrap(all ? `${one.held}  ${text}` : text, room);
	});
	const others = groups.length - shown.length;
	if (short && others > 0) said.push(paint(DIM, `and ${others} more: --all`, colour));
	if (!all && barred.length > 0)
		said.push(...wrap(notInThisVersion(barred), room).map((line) => paint(DIM, line, colour)));
	const mark = short ? paint(RED, '✗', colour) : paint(GREEN, '✓', colour);
	const levels = `${gauge(required)}    ${paint(short ? RED : GREEN, gauge(held), colour)}    `;
	const start = `${mark} ${objective.objective.padEnd(OBJECTIVE)}${levels}`;
	const [first = '', ...rest] = short || all ? said : ['achieved'];
	return [`${start}${first}`.trimEnd(), ...rest.map((line) => `${' '.repeat(INDENT)}${line}`)];
};

/** What no site can mend, summed up. */
const notInThisVersion = (barred: readonly Pick<WeakAlike, 'requirement'>[]): string => {
	const names = [...new Set(barred.map(({ requirement }) => requirement))];
	const first = names.slice(0, FEW).join(', ');
	return `not in this version: ${first}${names.length > FEW ? ` and ${names.length - FEW} more` : ''}`;
};

/** The weakest link of the whole application that a site can mend: lowest, and of those the furthest below what is required. */
const verdict = ({ objectives }: Posture): string => {
	if (objectives.every(({ required }) => required === 0)) return 'The policy requires level 0 of every objective.';
	const short = objectives.filter(({ held, required }) => held < required);
	if (short.length === 0) return 'Every objective is achieved at its required level.';
	const [worst] = short
		.flatMap(({ required, weakest }) => weakest.map((link) => ({ required, link })))
		.filter(({ link, required }) => !link.barred && link.held < required)
		.toSorted((a, b) => a.link.held - b.link.held || b.required - a.required);
	const below = `${short.length} of ${objectives.length} objectives ${short.length === 1 ? 'is' : 'are'} below what is required.`;
	if (worst === undefined) return `${below} Nothing that this site could mend: this version of Keyward bars the rest.`;
	const { link, required } = worst;
	return `${below} Weakest link: ${link.requirement} at ${componentName(link.component)}, ${link.held} of ${required}.`;
};

/** What the site can do about what is held below its required level: lowest first, each requirement once, for its first component. */
const remedyLines = ({ objectives }: Posture, { width, all }: PostureLayout): string[] => {
	const own = objectives
		.flatMap(({ required, weakest }) => weakest.filter(({ held, barred }) => !barred && held < required))
		.toSorted((a, b) => a.held - b.held);
	const groups = [...Map.groupBy(own, ({ requirement }) => requirement).values()];
	const counts = new Map<string, number>();
	for (const { required, alike } of objectives)
		for (const { requirement, held, barred, count } of alike)
			if (!barred && held < required) counts.set(requirement, (counts.get(requirement) ?? 0) + count);
	if (groups.length === 0) return [];
	const lines = (all ? groups : groups.slice(0, FEW)).flatMap((alike) => {
		const [first] = alike;
		if (first === undefined) return [];
		const others = (counts.get(first.requirement) ?? 1) - 1;
		const also = others === 0 ? '' : ` (${others} more alike)`;
		const text = inLine(`${first.requirement}${also}: ${remedyOf(first.requirement, first.component)}`);
		return wrap(text, width - MARGIN).map((line) => `${' '.repeat(MARGIN)}${line}`);
	});
	const rest = groups.length - FEW;
	return ['Do first:', ...lines, ...(!all && rest > 0 ? [`  and ${rest} more: --all`] : [])];
};

/** What is held only on the site's word that an emulator counts. */
const foreign = ({ otherCa, counts }: Posture): string =>
	`Certificates of ANOTHER CA until they renew here (docs/commissioning.md): ${named(otherCa, counts.otherCa)}.`;

const emulation = ({ emulated, counts }: Posture): string =>
	`EMULATED hardware, which counts because the site file names its root: ${named(emulated, counts.emulated)}.`;

/** One application as a chain: each objective, required and held level, and the link that holds it down. */
export const renderPosture = (posture: Posture, layout: PostureLayout): string => {
	const { application, mode, counts, emulated, otherCa, unseen, suspected, objectives } = posture;
	const how = mode === 'audit' ? 'mode audit: breaches are let in and shown' : 'mode enforce';
	return [
		`${paint(BOLD, application, layout.colour)}  (${how})`,
		'',
		paint(
			DIM,
			`  ${'objective'.padEnd(OBJECTIVE)}${'required'.padEnd(GAUGE)}${'achieved'.padEnd(GAUGE)}weakest link`,
			layout.colour,
		),
		...objectives.flatMap((objective) => objectiveLines(objective, layout)),
		'',
		...wrap(verdict(posture), layout.width),
		...(suspected.length === 0
			? []
			: wrap(`Suspected: ${suspicions(posture)}. See keyward incident list --open.`, layout.width)),
		...remedyLines(posture, layout),
		...(unseen.length === 0
			? []
			: wrap(`Not seen yet, and not counted: ${named(unseen, counts.unseen)}.`, layout.width)),
		...(emulated.length === 0 ? [] : wrap(emulation(posture), layout.width)),
		...(otherCa.length === 0 ? [] : wrap(foreign(posture), layout.width)),
	].join('\n');
};

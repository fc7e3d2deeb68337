import { readFileSync } from 'node:fs';
import { Problem } from '@keyward/core';
import type { CheckId, Finding, Member } from '@keyward/core/keycheck';
import type { ScanProblem } from '@keyward/scan';
import type { Known, ReportedFinding } from './outcome.ts';

/** What was found before, so that only what is new fails a pipeline. Holds no secret and no fingerprint of one. */
export interface Baseline {
	/** By the group of a finding, and in it by {@link placeOf}, how often. */
	readonly groups: ReadonlyMap<string, ReadonlyMap<string, number>>;
	/** By {@link unreadOf}. */
	readonly unread: ReadonlySet<string>;
}

const FORMAT = 'keyward keycheck baseline 3';

/** PSKs have no fingerprint that two runs share: a plain one would let a reader of the file confirm guesses. */
const isPskCheck = (check: CheckId): boolean => check.includes('psk');

/** A label without its positions, which change when lines are added elsewhere in the file. */
const withoutPositions = (label: string): string =>
	label.replaceAll(/\b(?:at )?(?:line|row|byte|entry|block|offset|address) (?:0x[\da-f]+|\d+),? ?/gi, '').trim();

/**
 * A label by which a place is known again: without positions where it names a device, and with its row where only the row tells
 * devices apart.
 */
const placeIn = (label: string): string =>
	/ of .|\bline \d/.test(label) || !/\b(?:row|entry) \d/.test(label) ? withoutPositions(label) : label;

/**
 * What tells one place of a finding from others in two runs: a key by its fingerprint, a PSK by its place, and a shared one that
 * cannot be guessed by 8 bits of it as well.
 */
export const placeOf = ({ check, severity }: Pick<Finding, 'check' | 'severity'>, member: Member): string => {
	const what = isPskCheck(check) ? placeIn(member.label) : member.fingerprint;
	return JSON.stringify([check, severity, member.file, what, member.mark ?? '']);
};

const unreadOf = ({ file, reason }: ScanProblem): string => JSON.stringify([file, reason]);

/** Throws `Problem('file-unreadable')`. */
export const readBaseline = (file: string): Baseline => {
	const refuse = (what: string): Problem =>
		new Problem('file-unreadable', `${file} ${what}; make a baseline with --write-baseline ${file}`);
	let content: unknown;
	try {
		content = JSON.parse(readFileSync(file, 'utf8'));
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
		throw refuse(`cannot be read as a baseline${code}`);
	}
	const { format, places, unread } = (typeof content === 'object' && content !== null ? content : {}) as Readonly<
		Record<string, unknown>
	>;
	if (format !== FORMAT) throw refuse('is not a baseline of this version');
	if (!isPlaces(places) || !isUnread(unread)) throw refuse('is damaged');
	const groups = new Map<string, Map<string, number>>();
	for (const [count, group, ...place] of places)
		groups.set(group, (groups.get(group) ?? new Map<string, number>()).set(JSON.stringify(place), count));
	return {
		groups,
		unread: new Set(unread.map((one) => JSON.stringify(one))),
	};
};

const isPlaces = (value: unknown): value is [count: number, group: string, ...place: string[]][] =>
	Array.isArray(value) &&
	value.every(
		(row: unknown) =>
			Array.isArray(row) &&
			row.length === 7 &&
			Number.isSafeInteger(row[0]) &&
			row.slice(1).every((cell) => typeof cell === 'string'),
	);

const isUnread = (value: unknown): value is string[][] =>
	Array.isArray(value) &&
	value.every(
		(row: unknown) => Array.isArray(row) && row.length === 2 && row.every((cell) => typeof cell === 'string'),
	);

/** Places that {@link placeOf} does not tell by the key are told by the finding that they are in; the others are in the group ''. */
const placesOf = (finding: Finding): Map<string, number> => {
	const places = new Map<string, number>();
	for (const member of finding.members) {
		const place = placeOf(finding, member);
		places.set(place, (places.get(place) ?? 0) + 1);
	}
	return places;
};

const groupsOf = (findings: readonly Finding[]): Map<string, Map<string, number>> => {
	const together = new Map<string, number>();
	const alone: Map<string, number>[] = [];
	for (const finding of findings)
		if (isPskCheck(finding.check)) alone.push(placesOf(finding));
		else for (const [place, times] of placesOf(finding)) together.set(place, (together.get(place) ?? 0) + times);
	const first = (places: ReadonlyMap<string, number>): string => [...places.keys()].toSorted()[0] ?? '';
	const ordered = alone
		.map((places) => ({ places, key: first(places) }))
		.toSorted((one, other) => (one.key < other.key ? -1 : Number(one.key > other.key)));
	return new Map([['', together], ...ordered.map(({ places }, index) => [String(index + 1), places] as const)]);
};

/** The file that {@link readBaseline} reads, one place a line and in order, so that its changes can be reviewed. */
export function* baselineText(findings: readonly Finding[], problems: readonly ScanProblem[]): Generator<string> {
	const groups = groupsOf(findings);
	yield `{\n"format": ${JSON.stringify(FORMAT)},\n"about": "[times, PSKs found together, check, severity, file, key or place, 8 bits of a shared PSK]",\n"places": [`;
	yield* lines(
		[...groups]
			.toSorted(([one], [other]) => Number(one) - Number(other))
			.flatMap(([group, places]) =>
				[...places.keys()]
					.toSorted()
					.map((place) => `[${places.get(place) ?? 0},${JSON.stringify(group)},${place.slice(1)}`),
			),
	);
	yield '],\n"unread": [';
	yield* lines([...new Set(problems.map(unreadOf))].toSorted());
	yield ']\n}\n';
}

function* lines(rows: readonly string[]): Generator<string> {
	for (const [index, row] of rows.entries()) yield `${index === 0 ? '' : ','}\n${row}`;
	if (rows.length > 0) yield '\n';
}

const withoutMark = ({ file, label, fingerprint }: Member): Member => ({ file, label, fingerprint });

export interface Sifted {
	readonly findings: readonly ReportedFinding[];
	readonly problems: readonly ScanProblem[];
	readonly known: Known;
}

/** What of these the baseline does not know. A place that got worse, or is there more often than before, is new. */
export const sift = (
	baseline: Baseline | null,
	findings: readonly Finding[],
	problems: readonly ScanProblem[],
): Sifted => {
	const left = new Map([...(baseline?.groups ?? [])].map(([group, places]) => [group, new Map(places)]));
	const groupsBy = new Map<string, string[]>();
	for (const [group, places] of left)
		for (const place of places.keys()) groupsBy.set(place, [...(groupsBy.get(place) ?? []), group]);
	/** One group of PSKs that were found together: places of two were never one finding. */
	const groupOf = (finding: Finding): string => {
		if (!isPskCheck(finding.check)) return '';
		const known = new Map<string, number>();
		for (const [place, times] of placesOf(finding))
			for (const group of groupsBy.get(place) ?? [])
				known.set(group, (known.get(group) ?? 0) + Math.min(times, left.get(group)?.get(place) ?? 0));
		const [best] = [...known].toSorted(([, one], [, other]) => other - one);
		return best?.[0] ?? '';
	};
	const isKnown = (places: Map<string, number> | undefined, place: string): boolean => {
		const count = places?.get(place) ?? 0;
		if (count > 0) places?.set(place, count - 1);
		return count > 0;
	};
	let knownPlaces = 0;
	const reported: ReportedFinding[] = [];
	for (const finding of findings) {
		const places = left.size === 0 ? undefined : left.get(groupOf(finding));
		const members =
			places === undefined ? finding.members : finding.members.filter((one) => !isKnown(places, placeOf(finding, one)));
		const known = finding.members.length - members.length;
		knownPlaces += known;
		if (members.length > 0) reported.push({ ...finding, members: members.map(withoutMark), known });
	}
	const unread = baseline?.unread ?? new Set<string>();
	const newProblems = problems.filter((one) => !unread.has(unreadOf(one)));
	return {
		findings: reported,
		problems: newProblems,
		known: {
			findings: findings.length - reported.length,
			places: knownPlaces,
			unread: problems.length - newProblems.length,
		},
	};
};

import { readFileSync } from 'node:fs';
import { Problem } from '@keyward/core';
import type { CheckId, Finding, Member } from '@keyward/core/keycheck';
import type { ScanProblem } from '@keyward/scan';
import type { Known, ReportedFinding } from './outcome.ts';

/** What was found before, so that only what is new fails a pipeline. Holds no secret and no fingerprint of one. */
export interface Baseline {
	/** By {@link placeOf}, how often. */
	readonly places: ReadonlyMap<string, number>;
	/** By {@link unreadOf}. */
	readonly unread: ReadonlySet<string>;
}

const FORMAT = 'keyward keycheck baseline 1';

/** PSKs have no fingerprint that two runs share: a plain one would let a reader of the file confirm guesses. */
const isPskCheck = (check: CheckId): boolean => check.includes('psk');

/** A label without its positions, which change when lines are added elsewhere in the file. */
const withoutPositions = (label: string): string =>
	label.replaceAll(/\b(?:at )?(?:line|row|byte|entry|block|offset|address) (?:0x[\da-f]+|\d+),? ?/gi, '').trim();

/** What tells one place of a finding from others in two runs: a key by its fingerprint, a PSK by its place alone. */
export const placeOf = ({ check, severity }: Pick<Finding, 'check' | 'severity'>, member: Member): string =>
	JSON.stringify([
		check,
		severity,
		member.file,
		isPskCheck(check) ? withoutPositions(member.label) : member.fingerprint,
	]);

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
	return {
		places: new Map(places.map(([count, ...place]) => [JSON.stringify(place), count])),
		unread: new Set(unread.map((one) => JSON.stringify(one))),
	};
};

const isPlaces = (value: unknown): value is [count: number, ...place: string[]][] =>
	Array.isArray(value) &&
	value.every(
		(row: unknown) =>
			Array.isArray(row) &&
			row.length === 5 &&
			Number.isSafeInteger(row[0]) &&
			row.slice(1).every((cell) => typeof cell === 'string'),
	);

const isUnread = (value: unknown): value is string[][] =>
	Array.isArray(value) &&
	value.every(
		(row: unknown) => Array.isArray(row) && row.length === 2 && row.every((cell) => typeof cell === 'string'),
	);

/** The file that {@link readBaseline} reads, one place a line and in order, so that its changes can be reviewed. */
export function* baselineText(findings: readonly Finding[], problems: readonly ScanProblem[]): Generator<string> {
	const places = new Map<string, number>();
	for (const finding of findings)
		for (const member of finding.members) {
			const place = placeOf(finding, member);
			places.set(place, (places.get(place) ?? 0) + 1);
		}
	yield `{\n"format": ${JSON.stringify(FORMAT)},\n"about": "[times, check, severity, file, key or place]",\n"places": [`;
	yield* lines([...places.keys()].toSorted().map((place) => `[${places.get(place) ?? 0},${place.slice(1)}`));
	yield '],\n"unread": [';
	yield* lines([...new Set(problems.map(unreadOf))].toSorted());
	yield ']\n}\n';
}

function* lines(rows: readonly string[]): Generator<string> {
	for (const [index, row] of rows.entries()) yield `${index === 0 ? '' : ','}\n${row}`;
	if (rows.length > 0) yield '\n';
}

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
	const left = new Map(baseline?.places);
	const isKnown = (place: string): boolean => {
		const count = left.get(place) ?? 0;
		if (count > 0) left.set(place, count - 1);
		return count > 0;
	};
	let knownPlaces = 0;
	const reported: ReportedFinding[] = [];
	for (const finding of findings) {
		const members =
			left.size === 0 ? finding.members : finding.members.filter((one) => !isKnown(placeOf(finding, one)));
		const known = finding.members.length - members.length;
		knownPlaces += known;
		if (members.length > 0) reported.push({ ...finding, members, known });
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

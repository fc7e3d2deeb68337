import { checkTitles } from '@keyward/core/keycheck';
import type { Member } from '@keyward/core/keycheck';
import { tableOf } from '../terminal/output.ts';
import type { CheckOutcome, ReportedFinding } from './outcome.ts';

/** Findings, members and problems that are shown unless all are asked for. */
const SHOWN = 10;
/** Members of each finding where several are shown side by side. */
const SHOWN_OF_EACH = 4;
const WIDTH = 100;

const number = (n: number): string => n.toLocaleString('en');
/** A length in words: `38.2 MB`. */
export const size = (bytes: number): string => {
	if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
	return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} KB`;
};
const things = (n: number, one: string, many = `${one}s`): string => `${number(n)} ${n === 1 ? one : many}`;

/** Text in lines of bounded length, each after `indent`. */
const wrapped = (text: string, indent: string): string => {
	const lines: string[] = [''];
	for (const word of text.split(' ')) {
		const line = lines.at(-1) ?? '';
		if (line !== '' && line.length + word.length + 1 > WIDTH - indent.length) lines.push(word);
		else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
	}
	return lines.join(`\n${indent}`);
};

const field = (name: string, text: string): string => `  ${name.padEnd(8)}${wrapped(text, ' '.repeat(10))}\n`;

/** Findings with one sentence in common, together: each sentence is said once. */
const groupsBy = (findings: readonly ReportedFinding[], of: (finding: ReportedFinding) => string) => {
	const groups = new Map<string, ReportedFinding[]>();
	for (const finding of findings) {
		const key = of(finding);
		const group = groups.get(key);
		if (group === undefined) groups.set(key, [finding]);
		else group.push(finding);
	}
	return [...groups.values()];
};

/** The places of findings with one detail, numbered where there are several. */
function* places(findings: readonly ReportedFinding[], all: boolean): Generator<string> {
	const several = findings.length > 1;
	const limit = all ? Infinity : several ? SHOWN_OF_EACH : SHOWN;
	const shown = findings.slice(0, all ? Infinity : SHOWN);
	const rows: string[][] = [];
	const row = (first: string, { file, label, fingerprint }: Member): string[] => [first, file, label, fingerprint];
	for (const [index, { members, known }] of shown.entries()) {
		const listed = members.slice(0, limit);
		for (const [place, member] of listed.entries())
			rows.push(row(several && place === 0 ? String(index + 1) : '', member));
		const more = members.length - listed.length;
		if (more > 0 && several) rows.push(['', `and ${number(more)} more`, '', '']);
		if (known > 0 && several) rows.push(['', `and ${number(known)} that the baseline knows`, '', '']);
	}
	const [headings, indent] = several ? [['    no.', 'file'], '    '] : [['    file'], '    '];
	const cut = several
		? rows.map(([no = '', ...rest]) => [`${indent}${no}`, ...rest])
		: rows.map(([, file = '', ...rest]) => [`${indent}${file}`, ...rest]);
	yield tableOf([...headings, 'where', 'fingerprint'], cut);
	const [only] = findings;
	const more = several
		? findings.length - shown.length
		: (only?.members.length ?? 0) - Math.min(limit, only?.members.length ?? 0);
	if (more > 0) yield `    and ${number(more)} more${several ? ' like these' : ''}: --all names them\n`;
	if (!several && only !== undefined && only.known > 0)
		yield `    and ${things(only.known, 'place')} that the baseline knows\n`;
}

const placed = (findings: readonly ReportedFinding[]): string => {
	const [only] = findings;
	if (findings.length > 1) return 'each number is one finding:';
	return only?.members.length === 1 ? 'here:' : `${things(only?.members.length ?? 0, 'place')}:`;
};

/** Findings of one check that have risk and fix in common. */
function* block(findings: readonly ReportedFinding[], all: boolean): Generator<string> {
	const [first] = findings;
	if (first === undefined) return;
	const { check, severity, attack, mend } = first;
	yield `\n${severity.toUpperCase()}  ${check}: ${checkTitles[check]}\n`;
	const byDetail = groupsBy(findings, ({ detail }) => detail);
	const shown = all ? byDetail : byDetail.slice(0, SHOWN);
	const [risk, fix] = [field('risk', attack), field('fix', mend)];
	if (byDetail.length > 1) yield risk + fix;
	for (const same of shown) {
		const detail = same[0]?.detail ?? '';
		yield field('found', same.length === 1 ? detail : `${number(same.length)} times: ${detail}`);
		if (byDetail.length === 1) yield risk + fix;
		yield field('where', placed(same));
		yield* places(same, all);
	}
	const rest = byDetail.slice(shown.length).flat().length;
	if (rest > 0) yield `    and ${things(rest, 'finding')} more of this kind: --all names them\n`;
}

function* notRead({ problems, moreProblems }: CheckOutcome, all: boolean): Generator<string> {
	if (problems.length === 0) return;
	const total = problems.length + moreProblems;
	yield `\nNot read (${number(total)}); everything around these was:\n`;
	const shown = all ? problems : problems.slice(0, SHOWN);
	yield tableOf(
		['    file', 'why'],
		shown.map(({ file, reason, count, first }) => {
			const where = first === null ? '' : `, ${count === 1 ? '' : 'first at '}${first}`;
			return [`    ${file}`, `${reason}${where}${count === 1 ? '' : ` (${number(count)} times)`}`];
		}),
	);
	if (problems.some(({ reason }) => reason.includes('stays closed')))
		yield '    What stays closed opens with --password-file FILE, one password a line.\n';
	if (shown.length < total) yield `    and ${number(total - shown.length)} more${all ? '' : ': --all names them'}\n`;
}

/** The report for a person: what was read, findings by check, then each kind once, worst first, with its risk, fix and places. */
export function* textReport(outcome: CheckOutcome, all: boolean): Generator<string> {
	const { outcomes, checked, findings, summary, known } = outcome;
	const { files, bytes, certificates, privateKeys, publicKeys, psks, signatures } = checked;
	const kinds = [
		things(certificates, 'certificate'),
		things(privateKeys, 'private key'),
		things(publicKeys, 'other public key'),
		things(psks, 'pre-shared key'),
		things(signatures, 'signature'),
	];
	yield `Read ${things(files, 'file')}, ${size(bytes)}: ${kinds.join(', ')}.\n`;
	const { keys, nothing: empty, partly, 'not-read': unread } = outcomes;
	yield `${number(keys)} with keys, ${number(empty)} with nothing recognised, ${number(partly)} read in part, ${number(unread)} not read.\n`;
	if (known.places + known.unread > 0)
		yield `The baseline knows ${things(known.places, 'place')} of findings and ${things(known.unread, 'unread input')}, which are left out.\n`;
	if (summary.length > 0) {
		yield '\n';
		yield tableOf(
			['severity', 'check', 'findings', 'keys', 'places', 'what'],
			summary.map(({ severity, check, ...counts }) => [
				severity.toUpperCase(),
				check,
				number(counts.findings),
				number(counts.keys),
				number(counts.places),
				checkTitles[check],
			]),
		);
	}
	for (const group of groupsBy(findings, ({ check, severity, attack, mend }) =>
		[check, severity, attack, mend].join('\n'),
	))
		yield* block(group, all);
	yield* notRead(outcome, all);
	const nothing = certificates + privateKeys + publicKeys + psks === 0;
	const told = outcome.problems.length > 0 ? 'named above' : 'which the baseline knows';
	const rest = partly + unread > 0 ? ` Not read in full: ${things(partly + unread, 'input')}, ${told}.` : '';
	if (nothing) yield `\nNo key was found in there, so nothing was checked.${rest}\n`;
	else if (findings.length === 0)
		yield `\nNo ${known.places > 0 ? 'new ' : ''}weakness found${rest === '' ? '' : ' in what was read'}.${rest}\n`;
	else yield `\n${things(findings.length, known.places > 0 ? 'new finding' : 'finding')}, worst first.\n`;
}

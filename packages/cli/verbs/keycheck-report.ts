import type { Finding, Member } from '@keyward/core/keycheck';
import type { Outcomes, ScanProblem } from '@keyward/scan';
import { print, printTable } from '../output.ts';

/** What was looked at, by kind. */
export interface Checked {
	files: number;
	bytes: number;
	certificates: number;
	publicKeys: number;
	privateKeys: number;
	psks: number;
	signatures: number;
}

export interface CheckOutcome {
	readonly outcomes: Outcomes;
	readonly checked: Checked;
	readonly findings: readonly Finding[];
	readonly problems: readonly ScanProblem[];
	/** Files with problems beyond those that are listed. */
	readonly moreProblems: number;
}

/** Members and problems that are shown unless all are asked for. */
const SHOWN = 10;
const WIDTH = 100;

const write = (text: string): void => void print(text);
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

const printField = (name: string, text: string): void => write(`  ${name.padEnd(8)}${wrapped(text, ' '.repeat(10))}\n`);

const printMembers = (members: readonly Member[], all: boolean): void => {
	const shown = all ? members : members.slice(0, SHOWN);
	printTable(
		['    file', 'where', 'fingerprint'],
		shown.map(({ file, label, fingerprint }) => [`    ${file}`, label, fingerprint]),
	);
	if (shown.length < members.length) write(`    and ${number(members.length - shown.length)} more: --all names them\n`);
};

const printFinding = ({ check, severity, detail, attack, mend, members }: Finding, all: boolean): void => {
	write(`\n${severity.toUpperCase()}  ${check}\n`);
	printField('found', detail);
	printField('attack', attack);
	printField('mend', mend);
	printField(
		members.length === 1 ? 'where' : 'falls',
		members.length === 1 ? 'here:' : `together, ${things(members.length, 'place')}:`,
	);
	printMembers(members, all);
};

const printProblems = ({ problems, moreProblems }: CheckOutcome, all: boolean): void => {
	if (problems.length === 0) return;
	const total = problems.length + moreProblems;
	write(`\nNot read (${number(total)}); everything around these was:\n`);
	const shown = all ? problems : problems.slice(0, SHOWN);
	printTable(
		['    file', 'why'],
		shown.map(({ file, reason, count, first }) => {
			const where = first === null ? '' : `, ${count === 1 ? '' : 'first at '}${first}`;
			return [`    ${file}`, `${reason}${where}${count === 1 ? '' : ` (${number(count)} times)`}`];
		}),
	);
	if (problems.some(({ reason }) => reason.includes('stays closed')))
		write('    What stays closed opens with --password-file FILE, one password a line.\n');
	if (shown.length < total) write(`    and ${number(total - shown.length)} more${all ? '' : ': --all names them'}\n`);
};

/** The report for a person: worst first, each finding with what it lets an attacker do, what falls together and its mend. */
export const printReport = (outcome: CheckOutcome, all: boolean): void => {
	const { outcomes, checked, findings } = outcome;
	const { files, bytes, certificates, privateKeys, publicKeys, psks, signatures } = checked;
	const kinds = [
		things(certificates, 'certificate'),
		things(privateKeys, 'private key'),
		things(publicKeys, 'other public key'),
		things(psks, 'pre-shared key'),
		things(signatures, 'signature'),
	];
	write(`Read ${things(files, 'file')}, ${size(bytes)}: ${kinds.join(', ')}.\n`);
	const { keys, nothing: empty, partly, 'not-read': unread } = outcomes;
	write(
		`${number(keys)} with keys, ${number(empty)} with nothing recognised, ${number(partly)} read in part, ${number(unread)} not read.\n`,
	);
	for (const finding of findings) printFinding(finding, all);
	printProblems(outcome, all);
	const nothing = certificates + privateKeys + publicKeys + psks === 0;
	const rest = partly + unread > 0 ? ` Not read in full: ${things(partly + unread, 'input')}, named above.` : '';
	if (nothing) write(`\nNo key was found in there, so nothing was checked.${rest}\n`);
	else if (findings.length === 0) write(`\nNo weakness found${rest === '' ? '' : ' in what was read'}.${rest}\n`);
	else write(`\n${things(findings.length, 'finding')}, worst first.\n`);
};

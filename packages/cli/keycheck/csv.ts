import type { CheckOutcome } from './outcome.ts';

/** A cell in the form of RFC 4180 (lines end with LF). One that a spreadsheet would run as a formula begins with an apostrophe: names come from others' files. */
const cell = (text: string): string => {
	const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
};

const row = (...cells: readonly string[]): string => `${cells.map(cell).join(',')}\n`;

/** One line for each place of each finding, then one for each file that was not read whole. */
export function* csvReport({ findings, problems }: CheckOutcome): Generator<string> {
	yield row('severity', 'check', 'finding', 'found', 'file', 'where', 'fingerprint');
	for (const [index, { severity, check, detail, members }] of findings.entries())
		for (const { file, label, fingerprint } of members)
			yield row(severity, check, String(index + 1), detail, file, label, fingerprint);
	for (const { file, reason, first } of problems) yield row('', 'not-read', '', reason, file, first ?? '', '');
}

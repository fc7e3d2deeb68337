import type { makeProgram } from '../../packages/cli/program.ts';

type Command = Awaited<ReturnType<typeof makeProgram>>;

/** Text as roff takes it: no character of it steers (man(7)). */
const plain = (text: string): string =>
	text
		.replaceAll('\\', '\\e')
		.replaceAll('-', '\\-')
		.replaceAll('…', '...')
		.replaceAll(/^(?=[.'])/gm, '\\&');

const verbsOf = (command: Command): readonly Command[] =>
	command.commands
		.filter((one) => one.name() !== 'help')
		.flatMap((one) => (one.commands.length === 0 ? [one] : verbsOf(one)));

const section = (verb: Command, words: string): string => {
	const help = verb.createHelp();
	const options = help
		.visibleOptions(verb)
		.flatMap((one) => ['.TP', `.B ${plain(one.flags)}`, plain(help.optionDescription(one))]);
	const values = help
		.visibleArguments(verb)
		.flatMap((one) => ['.TP', `.I ${plain(one.name())}`, plain(help.argumentDescription(one)) || '\\&']);
	return [`.SS ${plain(`${words} ${verb.usage()}`)}`, `${plain(verb.description())}.`, ...values, ...options].join(
		'\n',
	);
};

/** The manual page (man(7)) of a program with all its verbs loaded; `date` as 2026-01-31. */
export const manualPage = (program: Command, version: string, date: string): string => {
	const wordsOf = (verb: Command): string =>
		verb.parent === null || verb.parent === program ? verb.name() : `${wordsOf(verb.parent)} ${verb.name()}`;
	return `.TH KEYWARD 1 "${date}" "keyward ${plain(version)}" "User Commands"
.SH NAME
keyward \\- security for fleets of IoT sensors
.SH SYNOPSIS
.B keyward
.I verb
.RI [ option ...]
.SH DESCRIPTION
${plain(program.description())}
.SH VERBS
${verbsOf(program)
	.map((verb) => section(verb, wordsOf(verb)))
	.join('\n')}
.SH ENVIRONMENT
.TP
.B KEYWARD_DATA
The site's data folder, where \\-\\-data does not name it; else .keyward in the current folder.
.SH EXIT STATUS
.TP
.B 0
Held.
.TP
.B 1
A finding.
.TP
.B 2
Misuse or failure.
`;
};

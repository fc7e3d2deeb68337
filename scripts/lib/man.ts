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

/** What the program reads of its environment. */
const environment = [
	['KEYWARD_DATA', "The site's data folder, where --data does not name it; else .keyward in the current folder."],
	['KEYWARD_SITE', 'The site file, where --site does not name it; else site.yaml in the data folder.'],
	['KEYWARD_SEAL_FILE', 'The file whose secret opens key files; before what the site file names.'],
	[
		'KEYWARD_HTTPS_PORT',
		'serve and doctor: the port of the HTTP API and enrolment, where --https-port does not name it.',
	],
	['KEYWARD_MQTTS_PORT', 'serve and doctor: the port of MQTT, where --mqtts-port does not name it.'],
	[
		'KEYWARD_HTTP_PORT',
		'serve and doctor: the port of certificate status, CRL and OCSP, where --http-port does not name it.',
	],
	['KEYWARD_DEBUG', 'Set: a failure that should not be is shown with its stack.'],
	['NO_COLOR', 'Set: no colours.'],
	['SUDO_USER', 'Who is recorded as having acted on the site, under sudo.'],
	['PATH', 'Where keycheck finds the programs that unpack archives.'],
] as const;

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
${environment.map(([name, words]) => `.TP\n.B ${name}\n${plain(words)}\n`).join('')}.SH EXIT STATUS
.TP
.B 0
Held.
.TP
.B 1
A finding.
.TP
.B 2
Misuse or failure.
.TP
.B 3
.B keyward keycheck
found nothing, and something was not read.
`;
};

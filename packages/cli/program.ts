import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { calledBy } from './called-by.ts';
import { chapters } from './chapters.ts';
import { inOurWords } from './misuse.ts';
import type { Verb } from './verb.ts';
import { group, isGroup, subgroup } from './verbs/group.ts';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as { version: string };

/** Puts the names and summaries of a file's verbs into the help, without loading it. */
const outline = (program: Command, { says }: Verb): void => {
	for (const [words, summary] of Object.entries(says)) {
		const [first = '', second, third] = words.split(' ');
		const parent = second === undefined || !isGroup(first) ? program : group(program, first);
		if (third !== undefined && second !== undefined && isGroup(first))
			subgroup(program, first, second).command(third).description(summary);
		else parent.command(second ?? first).description(summary);
	}
};

/** `keyward help`, as the help shows it; `command-line.ts` answers it. */
const helpOf = (program: Command): Command => {
	const help = new Command('help')
		.description('print help for a verb')
		.argument('[verb...]', 'its words, such as device list; none: every verb')
		.copyInheritedSettings(program);
	help.parent = program;
	return help;
};

/** What `keyward help help` prints. */
export const helpForHelp = (program: Command): string => helpOf(program).helpInformation();

/**
 * The command line for the words typed, with the verb that they call (`calledBy`) or the outline of all. `json` says that
 * refusals are for machines. Parsing throws `CommanderError` instead of ending the process.
 */
export const makeProgram = async (
	json: boolean,
	typed: readonly string[] = [],
	wanted: (verb: Verb) => boolean = calledBy(typed),
): Promise<Command> => {
	/** Commander's own refusals, in the words and the shape of ours. */
	const explainMisuse = (text: string, write: (text: string) => void): void => {
		const detail = inOurWords(program, text);
		write(json ? `${JSON.stringify({ code: 'request-malformed', detail })}\n` : `keyward: ${detail}\n`);
	};
	const program: Command = new Command('keyward')
		.description('One policy. Every link held to it. The weakest one named.')
		.version(version, '-V, --version', 'print the version')
		.helpOption('-h, --help', 'print help')
		.addHelpText(
			'after',
			'\nEvery verb takes --json. Exit code: 0 held, 1 a finding, 2 misuse or failure, 3 (keycheck) something was not read.\n' +
				'Verbs that ask a running site find it by --data, else KEYWARD_DATA, else .keyward in the current folder.',
		)
		// What stands behind a verb is the verb's: one of them takes --version.
		.enablePositionalOptions()
		.configureHelp({ subcommandTerm: (command) => command.name() })
		.configureOutput({ outputError: explainMisuse })
		.exitOverride();
	program.addHelpCommand(helpOf(program));
	// An outlined verb does nothing when called: it is there only where none is called.
	const called = chapters.some(([, verbs]) => verbs.some(wanted));
	for (const [heading, verbs] of chapters) {
		program.commandsGroup(heading);
		if (!called) for (const verb of verbs) outline(program, verb);
		const modules = await Promise.all(verbs.filter(wanted).map((verb) => verb.load()));
		for (const { register } of modules) register(program);
	}
	if (!called) (await import('./nearest-verb.ts')).suggestVerbs(program);
	return program;
};

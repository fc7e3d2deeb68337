import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { chapters, wantedFor } from './chapters.ts';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as { version: string };

/**
 * The command line for the words typed, with the verbs that they need (`wantedFor`). `json` says that refusals are for machines. Parsing throws `CommanderError` instead of ending the process.
 */
export const makeProgram = async (json: boolean, typed: readonly string[] = []): Promise<Command> => {
	const wanted = wantedFor(typed);
	/** Commander's own refusals, in the words and the shape of ours. */
	const explainMisuse = (text: string, write: (text: string) => void): void => {
		const detail = text.replace(/^error: /, '').trim();
		write(json ? `${JSON.stringify({ code: 'request-malformed', detail })}\n` : `keyward: ${detail}\n`);
	};
	const program = new Command('keyward')
		.description('One policy. Every link held to it. The weakest one named.')
		.version(version, '-V, --version', 'print the version')
		.helpOption('-h, --help', 'print help')
		.helpCommand('help [verb]', 'print help for a verb')
		.addHelpText(
			'after',
			'\nEvery verb takes --json. Exit code: 0 held, 1 a finding, 2 misuse or failure.\n' +
				'Verbs that ask a running site find it by --data, else KEYWARD_DATA, else .keyward in the current folder.',
		)
		.configureOutput({ outputError: explainMisuse })
		.exitOverride();
	for (const [heading, verbs] of chapters) {
		program.commandsGroup(heading);
		const modules = await Promise.all(verbs.filter(wanted).map((verb) => verb.load()));
		for (const { register } of modules) register(program);
	}
	return program;
};

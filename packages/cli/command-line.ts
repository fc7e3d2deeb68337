import { type Command, CommanderError } from 'commander';
import { inTodaysWords } from './old-words.ts';
import { exit, explainFailure, print, tell } from './terminal/output.ts';
import { helpForHelp, makeProgram } from './program.ts';

/** The words after `help` up to the first that is no verb; null when all are. */
const unknownAfterHelp = (program: Command, words: readonly string[]): readonly string[] | null => {
	let at = program;
	for (const [place, word] of words.entries()) {
		if (word === 'help' || at.commands.length === 0) return null;
		const found = at.commands.find((one) => one.name() === word || one.aliases().includes(word));
		if (found === undefined) return words.slice(0, place + 1);
		at = found;
	}
	return null;
};

/** Runs the words of the command line, and sets the exit code. */
export const runCommandLine = async (typed: readonly string[]): Promise<void> => {
	const words = inTodaysWords(typed);
	const json = words.includes('--json');
	// A reader of our output that has seen enough (`| head`) is no failure.
	process.stdout.on('error', (error: NodeJS.ErrnoException) => {
		// What the verb has found out by then is its exit code, no matter who reads it.
		if (error.code === 'EPIPE') process.exit(process.exitCode ?? exit.held);
		tell(`keyward: the output cannot be written (${error.code ?? error.message})\n`);
		process.exit(exit.misuse);
	});
	// Nobody reads what is said on standard error: no reason to stop.
	process.stderr.on('error', () => undefined);
	try {
		const program = await makeProgram(json, words);
		const asked = words[0] === 'help' ? words.slice(1).filter((word) => !word.startsWith('-')) : null;
		const unknown = asked === null ? null : unknownAfterHelp(program, asked);
		// Without `help` the mistake is named, with what is near.
		if (unknown !== null) await program.parseAsync([...unknown], { from: 'user' });
		else if (asked?.[0] === 'help') print(helpForHelp(program));
		else if (words.length === 0 || asked?.length === 0) program.outputHelp();
		// Commander's own answers by the first word alone.
		else if (asked !== null) await program.parseAsync([...asked, '--help'], { from: 'user' });
		else await program.parseAsync(words, { from: 'user' });
	} catch (error) {
		if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exit.held : exit.misuse;
		else process.exitCode = explainFailure(error, json);
	}
};

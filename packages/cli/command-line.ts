import { CommanderError } from 'commander';
import { inTodaysWords } from './old-words.ts';
import { exit, explainFailure, tell } from './terminal/output.ts';
import { makeProgram } from './program.ts';

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
		if (words.length === 0) program.outputHelp();
		else await program.parseAsync(words, { from: 'user' });
	} catch (error) {
		if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exit.held : exit.misuse;
		else process.exitCode = explainFailure(error, json);
	}
};

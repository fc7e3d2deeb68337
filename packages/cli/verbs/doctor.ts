import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { exit, print, printJson, printTable } from '../terminal/output.ts';
import { whileWaiting } from './progress-line.ts';
import { placesOf, type SettingsOptions, settingsOptions } from './settings.ts';

/** `keyward doctor`: exit code 0 held, 1 findings. */
export const register = (program: Command): void => {
	settingsOptions(program.command('doctor').description("Check a site's setup and suggest fixes")).action(
		async (options: SettingsOptions) => {
			const { examine } = await import('../doctor/examine.ts');
			const checks = await whileWaiting('examining the site', examine(placesOf(options), Date.now()));
			const findings = checks.filter(({ state }) => state === 'finding');
			process.exitCode = findings.length === 0 ? exit.held : exit.finding;
			if (options.json === true) return printJson({ checks });
			printTable(
				['check', '', 'found'],
				checks.map(({ check, state, said }) => [check, state, said]),
			);
			if (findings.length === 0) return void print('\nAll is held.\n');
			print(`\nTo do:\n${findings.map(({ check, mend }) => `  ${check}: ${inLine(mend ?? '')}\n`).join('')}`);
		},
	);
};

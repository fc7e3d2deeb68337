import { type AchievableLevel, achievableLevels } from '@keyward/core/policy';
import type { Command } from 'commander';
import { print, printJson } from '../terminal/output.ts';
import { group } from './group.ts';

const paragraph = ({ objective, level, bars }: AchievableLevel): string =>
	[
		`${objective}: ${level} of 4`,
		...(bars.length > 0 ? [`  level ${level + 1} is barred by:`] : []),
		...bars.map(({ requirement, reason }) => `    ${requirement}: ${reason}`),
	].join('\n');

/** `keyward policy levels`: offline; what this version can achieve at all, and what bars the next level. */
export const register = (program: Command): void => {
	group(program, 'policy')
		.command('levels')
		.description('Show the highest level that this version can achieve, and what bars the next')
		.option('--json', 'print JSON')
		.action(({ json = false }: { json?: boolean }) => {
			const achievable = achievableLevels();
			if (json) {
				printJson({ levels: achievable });
				return;
			}
			const reached = achievable.reduce((sum, { level }) => sum + level, 0);
			print(
				`${achievable.map(paragraph).join('\n\n')}\n\nA site can achieve ${reached} of the 24 levels. What it does achieve: keyward posture.\n`,
			);
		});
};

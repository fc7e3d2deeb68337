import type { Operations } from '@keyward/contract';
import type { Command } from 'commander';
import { exit, print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
}

type Shown = Operations['agility.show']['output'];

/** What the exercise asks, and how it stands, in one line. */
const describe = ({ exercise, devices }: Shown): string => {
	const ever = devices.filter(({ changed }) => changed !== null).length;
	if (exercise === null) return `No exercise was started; ${ever} of ${devices.length} devices ever changed.\n`;
	const { kind, newAuthority, link, back, state, reason, started } = exercise;
	const what = [
		...(kind !== null ? [`${kind} keys`] : link === null ? ['new keys'] : []),
		...(newAuthority ? ['a new CA'] : []),
		...(link === null ? [] : [`links of at least ${link}`]),
	].join(', ');
	const count = (wanted: string): number => devices.filter((one) => one.state === wanted).length;
	const since = back === null ? `since ${printMoment(started)}` : `on its way back since ${printMoment(back)}`;
	const rest = (['asked', 'waiting', 'stays', 'failed'] as const)
		.filter((one) => count(one) > 0)
		.map((one) => `${count(one)} ${one}`);
	const still = state === 'running' ? '' : ` It is ${state}: ${reason ?? ''} (keyward agility resume, or back)\n`;
	return `${what}, ${since}: ${count('done')} of ${devices.length} devices done${rest.length === 0 ? '' : `, ${rest.join(', ')}`}.\n${still}`;
};

/** `keyward agility status`: exit code 0 every device is where the exercise wants it, 1 some are not. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'agility')
			.command('status')
			.description('Show how far each device is in the exercise, and when it last changed keys')
			.requiredOption('--application <name>', 'the application'),
	).action(async (options: Options) => {
		const shown = await ask(options, 'agility.show', { application: options.application });
		const { exercise, devices } = shown;
		if (devices.some(({ state }) => state !== 'done')) process.exitCode = exit.finding;
		if (options.json === true) return printJson(shown);
		print(describe(shown));
		printTable(
			['device', 'state', 'key', 'link', 'asked from', 'last changed', 'why'],
			devices.map((one) => [
				...[one.device, one.state, one.kind ?? '–', one.seenLink ?? '–'],
				...[exercise === null ? '–' : printMoment(one.due), printMoment(one.changed), one.why ?? ''],
			]),
		);
	});
};

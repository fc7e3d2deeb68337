import type { Operations } from '@keyward/contract';
import { containmentSteps } from '@keyward/core/incident';
import type { Command } from 'commander';
import { print, printJson, printTable } from '../terminal/output.ts';
import { deviceName } from './device-name.ts';
import { parsePast, printMoment } from './moment.ts';
import { prepareChange } from './owner/prepare-change.ts';
import { keepChange } from './owner/sign-change.ts';
import { ask, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly since: string;
	readonly reason: string;
	readonly out: string;
}

type Contained = Operations['device.contain']['output'];

/** `keyward contain`. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('contain')
			.description('Contain a device that may be in wrong hands: cut, revoke, void its commands, mark what it sent')
			.argument('<device>', 'name of the device')
			.requiredOption('--application <name>', 'the application that it belongs to')
			.requiredOption('--since <moment>', 'from when on it may have been opened: 3d ago as 3d, or 2027-01-31T12:00:00Z')
			.requiredOption('--reason <text>', 'why, in words that an auditor will read')
			.option('--out <file>', "where the owner's roster without it is prepared for signing", 'roster-change.json'),
	).action(async (text: string, options: Options) => {
		const device = deviceName(text);
		const { application, reason, out } = options;
		const since = parsePast(options.since, Date.now());
		const done = await ask(options, 'device.contain', { application, device, since, reason });
		// What only the owner can say is prepared here; the owner signs it, on a machine of the owner's.
		const prepared = done.containment.awaits.length > 0;
		if (prepared) await keepChange(out, await prepareChange(options, application, { loses: [] }));
		if (options.json === true) return printJson({ ...done, prepared: prepared ? out : null });
		printContained(device, application, done, prepared ? out : null);
	});
};

const printContained = (device: string, application: string, done: Contained, prepared: string | null): void => {
	const { steps, took, awaits } = done.containment;
	print(
		done.already
			? `${device} of ${application} is contained already (incident ${done.incident}).\n`
			: `${device} of ${application} is contained: shut out after ${took ?? 0} ms (incident ${done.incident}).\n`,
	);
	printTable(
		['step', 'done', 'what'],
		containmentSteps.map((step) => {
			const made = steps.find((one) => one.step === step);
			return [step, made === undefined ? 'not yet' : printMoment(made.at), made?.result ?? ''];
		}),
	);
	if (prepared !== null)
		print(
			`\nAwaits the owner's signature, prepared in ${prepared}:\n${awaits
				.slice(1)
				.map((one) => `  ${one.replace('roster-change.json', prepared)}`)
				.join('\n')}\n`,
		);
	print(
		`\nIt comes back by keyward device expect ${device} --application ${application} and a new key, and not otherwise.\n`,
	);
};

import type { Operations } from '@keyward/contract';
import { Problem } from '@keyward/core';
import { containmentSteps, rekeyScopes } from '@keyward/core/incident';
import type { Command } from 'commander';
import { print, printJson, printTable, tell } from '../terminal/output.ts';
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
	readonly rekey?: string;
	readonly wave?: string;
}

/** Which others are asked for new keys; null: none. */
const rekeyOf = ({ rekey, wave }: Options): Operations['device.contain']['input']['rekey'] | null => {
	if (rekey === 'none') return null;
	const of = rekeyScopes.find((scope) => scope === rekey);
	if (rekey !== undefined && of === undefined)
		throw new Problem('request-malformed', `--rekey is class, application or none, not ${JSON.stringify(rekey)}`);
	if (wave !== undefined && !/^[1-9]\d{0,3}$/.test(wave))
		throw new Problem('request-malformed', `--wave is a number of devices from 1 to 9999, not ${JSON.stringify(wave)}`);
	return { ...(of !== undefined && { of }), ...(wave !== undefined && { wave: Number(wave) }) };
};

/** What cannot be told holds up nothing. */
const silencedBy = async (options: SiteOptions, application: string, device: string): Promise<readonly string[]> => {
	try {
		return (await ask(options, 'device.show', { application, device })).silences;
	} catch (error) {
		if (error instanceof Problem) return [];
		throw error;
	}
};

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
			.option(
				'--rekey <class|application|none>',
				'whom to ask for new keys besides (class, if nobody said otherwise before)',
			)
			.option('--wave <count>', 'so many are asked at once (10, if nobody said otherwise before)')
			.option('--out <file>', "where the owner's roster without it is prepared for signing", 'roster-change.json'),
	).action(async (text: string, options: Options) => {
		const device = deviceName(text);
		const { application, reason, out } = options;
		const since = parsePast(options.since, Date.now());
		const rekey = rekeyOf(options);
		const silent = await silencedBy(options, application, device);
		if (silent.length > 0)
			tell(
				`No other device of ${application} sends ${silent.join(', ')} (essential): silent once ${device} is contained.\n`,
			);
		const input = { application, device, since, reason, ...(rekey && { rekey }) };
		const done = await ask(options, 'device.contain', input).catch((error: unknown) => {
			if (!(error instanceof Problem) || error.code !== 'site-unreachable' || !error.detail.includes('may be done'))
				throw error;
			throw new Problem(
				error.code,
				`${error.detail} A site that starts again does to the end what was begun: look with keyward incident list, or contain ${device} again, which does nothing twice.`,
				{ cause: error },
			);
		});
		const others = done.containment.rekey === undefined ? null : await othersAsked(options, done.incident);
		// What only the owner can say is prepared here; the owner signs it, on a machine of the owner's.
		const prepared = done.containment.awaits.length > 0;
		if (prepared) await keepChange(out, await prepareChange(options, application, { loses: [] }));
		if (options.json === true) return printJson({ ...done, silent, prepared: prepared ? out : null });
		printContained(device, application, done, prepared ? out : null, others);
	});
};

/** How many others are asked for new keys. */
const othersAsked = async (options: SiteOptions, number: number): Promise<number | null> =>
	(await ask(options, 'incident.show', { number })).rekey?.affected ?? null;

const printContained = (
	device: string,
	application: string,
	done: Contained,
	prepared: string | null,
	others: number | null,
): void => {
	const { steps, took, awaits, rekey } = done.containment;
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
	if (rekey !== undefined && others === 0)
		print(
			`\nNo other device of ${rekey.of === 'class' ? 'its class' : application} is in service: none is asked for new keys.\n`,
		);
	else if (rekey !== undefined)
		print(
			`\nOther devices of ${rekey.of === 'class' ? 'its class' : application} are asked for new keys, ${rekey.wave} at once: keyward incident show ${done.incident} says how far they are.\n`,
		);
	print(
		`\nIt comes back by keyward device expect ${device} --application ${application} and a new key, and not otherwise.\n`,
	);
};

import { openIdentity, openUpdater, type Updater } from '@keyward/agent';
import { Problem } from '@keyward/core';
import { type Phase, releaseTarget } from '@keyward/core/update';
import type { Command } from 'commander';
import { exit, print, printJson } from '../terminal/output.ts';
import { subgroup } from './group.ts';
import { printMoment } from './moment.ts';

interface Options {
	readonly folder: string;
	readonly json?: boolean;
	readonly again?: boolean;
}

/** `keyward device update …`: on the device itself. */
export const register = (program: Command): void => {
	const updates = subgroup(program, 'device', 'update');
	const verb = (name: string, says: string): Command =>
		updates
			.command(name)
			.description(says)
			.option('--folder <folder>', 'home of the device', './keyward-device')
			.option('--json', 'print JSON');

	verb('status', 'Show what this device runs, its security floor, and where its update is').action((options: Options) =>
		withUpdater(options, async (updater) => {
			const { phase, running, floor, installer } = await updater.status();
			const verified = await updater.inspect().catch((error: unknown) => {
				if (error instanceof Problem && isOfSoftware(error)) return error.detail;
				throw error;
			});
			if (options.json === true) return printJson({ phase, running, floor, installer, verified });
			print(
				`runs            ${running?.release ?? '– (nothing that was confirmed)'}\n` +
					`security floor  ${floor.release}; no time counts before ${printMoment(floor.time)}\n` +
					`update          ${describe(phase)}\n` +
					`installer       ${installer}\n` +
					`what runs       ${verified ?? 'cannot be looked at with this installer'}\n`,
			);
		}),
	);
	verb(
		'verify',
		'Compare what runs with the image that was installed and with the security floor, before it is started',
	).action((options: Options) =>
		withUpdater(options, async (updater) => {
			const verified = await updater.inspect();
			if (options.json === true) return printJson({ verified });
			print(verified === null ? 'What runs cannot be looked at with this installer.\n' : `What runs is ${verified}.\n`);
		}),
	);
	verb('check', 'Ask the site which release is meant for this device, and judge it').action((options: Options) =>
		withUpdater(options, async (updater) => {
			const { signed, refusal, current } = await updater.look(Date.now());
			const release = signed?.release.release ?? null;
			if (refusal !== null) throw refusal;
			if (options.json === true) return printJson({ release, path: signed?.path ?? null, current });
			if (release === null) print('The site has no release for this device now.\n');
			else print(current ? `Release ${release} runs already.\n` : `Release ${release} would be installed.\n`);
		}),
	);
	verb('install', 'Fetch, verify and install a release that the owner signed')
		.argument('[version]', 'the version; what the site assigns when it is left out')
		.option('--again', 'also one that was fallen back from')
		.action((version: string | undefined, options: Options) =>
			withUpdater(options, async (updater, device) => {
				const now = Date.now();
				const path = version === undefined ? (await updater.look(now)).signed?.path : pathOf(device, version);
				if (path === undefined)
					throw new Problem('release-refused', 'The site has no release for this device now: name a version.');
				show(options, await updater.install(path, now, options.again === true));
			}),
		);
	verb('confirm', 'Say that the new version works, where this is not left to its first connection').action(
		(options: Options) =>
			withUpdater(options, async (updater) => {
				await updater.begin();
				show(options, await updater.connected());
			}),
	);
};

interface Device {
	readonly application: string;
	readonly class: string | null;
}

const pathOf = ({ application, class: className }: Device, release: string): string =>
	releaseTarget({ application, class: className ?? '', release }, 'image');

const isOfSoftware = ({ code }: Problem): boolean => code === 'boot-log-mismatch' || code === 'release-below-floor';

const withUpdater = async (
	{ folder }: Options,
	use: (updater: Updater, device: Device) => Promise<unknown>,
): Promise<void> => {
	const identity = await openIdentity(folder);
	using updater = await openUpdater(identity);
	if (updater === null)
		throw new Problem(
			'file-unreadable',
			`${folder}/update/settings.json is not there, and this device takes no updates: write one (docs/updates.md).`,
		);
	await use(updater, identity);
};

const show = ({ json = false }: Options, phase: Phase): void => {
	if (phase.state === 'fallen-back') process.exitCode = exit.finding;
	if (json) printJson(phase);
	else print(`${describe(phase)}\n`);
};

const describe = (phase: Phase): string => {
	if (phase.state === 'idle') return 'nothing under way';
	const { release } = phase.target;
	if (phase.state === 'installed')
		return phase.starts === 0
			? `release ${release} is installed: restart to run it`
			: `release ${release} runs on trial until it connects`;
	return `release ${release}: ${phase.state}${'why' in phase ? `: ${phase.why}` : ''}`;
};

import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '@keyward/core';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { exit, print, printJson, printTable, printText } from '../terminal/output.ts';
import { describeRefused } from './describe-refused.ts';
import { group } from './group.ts';
import { findRollout, headline, progress, ringHeadings, ringRows, type RolloutOptions } from './rollout-view.ts';
import { ask, siteOptions } from './site.ts';

interface Options extends RolloutOptions {
	readonly follow?: boolean;
}

const MOST_FAILED = 20;
const LOOK_EVERY = seconds(2);

/** Says each change in a line, until it runs no more. */
const follow = async (options: Options, id: string | undefined): Promise<void> => {
	const { id: followed } = await findRollout(options, id);
	for (let before = ''; ;) {
		const now = await findRollout(options, followed);
		const line = progress(now);
		if (line !== before) {
			if (options.json === true) printJson(now);
			else printText(`${line}${now.reason === null ? '' : `: ${inLine(now.reason)}`}\n`);
		}
		before = line;
		if (now.state !== 'running') {
			if (now.state !== 'complete') process.exitCode = exit.finding;
			return;
		}
		await sleep(LOOK_EVERY);
	}
};

/** `keyward rollout status`: exit code 0 it goes on or is complete, 1 it halted by itself. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'rollout')
			.command('status')
			.description('Show how far a rollout is, ring by ring, and which devices failed')
			.argument('[id]', 'of the rollout (default: every one of the application)')
			.requiredOption('--application <name>', 'the application')
			.option('--follow', 'say each change until it runs no more'),
	).action(async (id: string | undefined, options: Options) => {
		const { application } = options;
		if (options.follow === true) return follow(options, id);
		if (id === undefined) {
			const all = await ask(options, 'rollout.list', { application });
			if (all.at(-1)?.state === 'halted') process.exitCode = exit.finding;
			if (options.json === true) return printJson(all);
			if (all.length === 0) print(`No release of ${application} was rolled out: keyward rollout start.\n`);
			for (const one of all) {
				printText(headline(one));
				printTable(ringHeadings, ringRows(one));
			}
			return;
		}
		const shown = await ask(options, 'rollout.show', { id });
		if (shown.rollout.state === 'halted') process.exitCode = exit.finding;
		if (options.json === true) return printJson(shown);
		printText(headline(shown.rollout));
		printTable(ringHeadings, ringRows(shown.rollout));
		for (const { device, refused } of shown.devices.filter((one) => one.refused?.release === shown.releases[one.class]))
			if (refused !== null) printText(`${device}: ${describeRefused(refused)}\n`);
		const failed = shown.devices.filter(({ stage }) => stage === 'failed');
		for (const { device, reason } of failed.slice(0, MOST_FAILED))
			printText(`${device} failed: ${inLine(reason ?? '')}\n`);
		if (failed.length > MOST_FAILED) print(`and ${failed.length - MOST_FAILED} more; --json lists every device\n`);
	});
};

import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, seconds } from '@keyward/core';
import type { Operations } from '@keyward/contract';
import type { Command } from 'commander';
import { exit, print, printJson } from '../terminal/output.ts';
import { renderPosture } from './posture-view.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application?: string;
	readonly all?: boolean;
	readonly watch?: true;
}

const NARROW = 80;
const WIDE = 120;
const LOOK_EVERY: Milliseconds = seconds(10);

type Postures = Operations['posture']['output'];

const show = (postures: Postures, options: Options): void => {
	if (options.json === true) return printJson(postures);
	if (postures.length === 0) {
		print('No application yet: keyward policy apply FILE\n');
		return;
	}
	const { stdout, env } = process;
	const layout = {
		width: Math.min(WIDE, Math.max(NARROW, stdout.isTTY ? stdout.columns : 100)),
		colour: stdout.isTTY && !env['NO_COLOR'],
		all: options.all ?? false,
	};
	// It has colours of ours; what others wrote in it is made visible where it is put in.
	stdout.write(`${postures.map((posture) => renderPosture(posture, layout)).join('\n\n')}\n`);
};

/** What a change of makes it worth showing again: ages and spans that only grow do not. */
const essence = (postures: Postures): string =>
	JSON.stringify(
		postures.map(({ application, mode, counts, emulated, unseen, suspected, objectives }) => [
			...[application, mode, counts, emulated, unseen, suspected],
			objectives.map(({ objective, required, held, total, weakest }) => [
				...[objective, required, held, total],
				weakest.map(({ requirement, component, held: level }) => [requirement, component, level]),
			]),
		]),
	);

/** `keyward posture`: exit code 0 all held, 1 something is held below its required level. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('posture')
			.description('Show the required and achieved level of each objective, and its weakest link')
			.option('--application <name>', 'of this application only')
			.option('--all', 'every weakness, not only the weakest')
			.option('--watch', 'go on, and show it again whenever it has changed, until interrupted'),
	).action(async (options: Options) => {
		let shown: string | null = null;
		for (;;) {
			const postures = await ask(options, 'posture', {
				...ofApplication(options),
				...(options.all === true && { all: true }),
			});
			const short = postures.some(({ objectives }) => objectives.some(({ held, required }) => held < required));
			process.exitCode = short ? exit.finding : exit.held;
			const now = essence(postures);
			if (now !== shown) {
				if (shown !== null && options.json !== true) print(`\n${new Date().toISOString()}\n`);
				show(postures, options);
			}
			if (options.watch !== true) return;
			shown = now;
			await sleep(LOOK_EVERY);
		}
	});
};

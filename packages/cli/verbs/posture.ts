import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, Problem, seconds } from '@keyward/core';
import type { Operations } from '@keyward/contract';
import type { PathName } from '@keyward/core/policy';
import { pathNames } from '@keyward/core/vocabulary';
import { type Command, Option } from 'commander';
import { exit, print, printJson, printTable } from '../terminal/output.ts';
import { parsePast, printMoment } from './moment.ts';
import { type Paths, renderPaths, renderPathSummary } from './path-view.ts';
import { showComponents } from './posture-components.ts';
import { fellSince, whyChanged } from './posture-changes-view.ts';
import { renderPosture } from './posture-view.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application?: string;
	readonly all?: boolean;
	readonly watch?: true;
	readonly since?: string;
	readonly components?: true;
	readonly path?: PathName | 'all';
}

const NARROW = 80;
const WIDE = 120;
const LOOK_EVERY: Milliseconds = seconds(10);

type Postures = Operations['posture']['output'];

const NO_APPLICATION = 'No application yet: keyward policy apply FILE\n';

const layoutFor = ({ all = false }: Options) => {
	const { stdout, env } = process;
	return {
		width: Math.min(WIDE, Math.max(NARROW, stdout.isTTY ? stdout.columns : 100)),
		...{ colour: stdout.isTTY && !env['NO_COLOR'], all, now: Date.now() },
	};
};

const show = (postures: Postures, paths: readonly Paths[], options: Options): void => {
	if (postures.length === 0) {
		print(NO_APPLICATION);
		return;
	}
	const layout = layoutFor(options);
	const parts = postures.map((posture) => {
		const own = paths.find(({ application }) => application === posture.application);
		return [renderPosture(posture, layout), ...(own === undefined ? [] : renderPathSummary(own, layout))].join('\n');
	});
	// It has colours of ours; what others wrote in it is made visible where it is put in.
	process.stdout.write(`${parts.join('\n\n')}\n`);
};

/** `keyward posture --path`: exit code 1 when a link of these paths falls short. */
const showPaths = async (options: Options, path: PathName | 'all'): Promise<void> => {
	const found = await ask(options, 'posture.paths', { ...ofApplication(options), ...(path !== 'all' && { path }) });
	const links = found.flatMap(({ paths }) => paths.flatMap((one) => one.links));
	if (links.some(({ objectives }) => objectives.some(({ required, achieved }) => achieved < required)))
		process.exitCode = exit.finding;
	if (options.json === true) return printJson(found);
	if (found.length === 0) {
		print(NO_APPLICATION);
		return;
	}
	const layout = layoutFor(options);
	process.stdout.write(`${found.map((one) => renderPaths(one, layout)).join('\n\n')}\n`);
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

const MOST = 1000;

/** `keyward posture --since`: exit code 1 when something is held lower than it was then, or lower than is required. */
const showChanges = async (options: Options, text: string): Promise<void> => {
	const since = parsePast(text, Date.now());
	const changes = await ask(options, 'posture.changes', { ...ofApplication(options), since, limit: MOST });
	if (fellSince(changes)) process.exitCode = exit.finding;
	if (options.json === true) return printJson(changes);
	if (changes.length === 0) {
		print(`Nothing rose or fell since ${printMoment(since)}.\n`);
		return;
	}
	printTable(
		['when', 'application', 'objective', 'held', 'required', 'why'],
		changes.map((one) => [
			printMoment(one.at),
			one.application,
			one.objective,
			step(one.from?.held, one.held),
			step(one.from?.required, one.required),
			whyChanged(one),
		]),
	);
	if (changes.length === MOST) print(`Older ones are left out: these are the newest ${MOST}.\n`);
};

const step = (from: number | undefined, to: number): string =>
	from === undefined || from === to ? String(to) : `${from} → ${to}`;

/** `keyward posture`: exit code 0 all held, 1 something is held below its required level. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('posture')
			.description('Show the required and achieved level of each objective, and its weakest link')
			.option('--application <name>', 'of this application only')
			.option('--all', 'every weakness, not only the weakest')
			.addOption(new Option('--path <path>', 'link by link, what this travels through').choices([...pathNames, 'all']))
			.option('--components', 'what each device, reader and the service falls short in')
			.option('--since <moment>', 'what rose and fell since then, and why: 24h ago as 24h, or 2027-01-31')
			.option('--watch', 'go on, and show it again whenever it has changed, until interrupted'),
	).action(async (options: Options) => {
		const ways = (
			[
				['--since', options.since],
				['--path', options.path],
				['--components', options.components],
				['--watch', options.watch],
			] as const
		)
			.filter(([, given]) => given !== undefined)
			.map(([name]) => name);
		if (ways.length > 1)
			throw new Problem(
				'request-malformed',
				`Use one of ${ways.join(' and ')}: each shows the posture in another way.`,
			);
		if (options.since !== undefined) return showChanges(options, options.since);
		if (options.path !== undefined) return showPaths(options, options.path);
		if (options.components === true) return showComponents(options);
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
				if (options.json === true) printJson(postures);
				else show(postures, await ask(options, 'posture.paths', ofApplication(options)), options);
			}
			if (options.watch !== true) return;
			shown = now;
			await sleep(LOOK_EVERY);
		}
	});
};

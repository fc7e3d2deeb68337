import { Problem } from '@keyward/core';
import { type Need, parsePriceList, planOf, planProblem, type Plan, type PriceList } from '@keyward/core/plan';
import type { Level } from '@keyward/core/policy';
import { didYouMean } from '@keyward/core/spelling';
import { levels, objectives } from '@keyward/core/vocabulary';
import { emulatedPart } from '@keyward/core/reach';
import { type Command, Option } from 'commander';
import { type CurvePoint, renderCurve, renderPlan } from '../plan/plan-view.ts';
import { solve } from '../plan/solve.ts';
import { exit, print, printJson } from '../terminal/output.ts';
import { whileWaiting } from './progress-line.ts';
import { readDocument } from './read-text.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly prices: string;
	readonly application?: string;
	readonly objective?: string;
	readonly level?: string;
	readonly time: string;
	readonly curve?: true;
	readonly all?: true;
}

const LONGEST = 3600;

const levelOf = (text: string): Level => {
	const level = levels.find((one) => String(one) === text);
	if (level === undefined) throw new Problem('request-malformed', `${JSON.stringify(text)} is no level: use 0 to 4`);
	return level;
};

interface Needs {
	readonly needs: readonly Need[];
	/** Devices whose part is emulated: why a TPM is asked for where posture counts one. */
	readonly emulated: readonly string[];
}

/** What is below the level: the policy's own, or one for every objective. */
const needsOf = async (options: Options, level: Level | null): Promise<Needs> => {
	const postures = await ask(options, 'posture', {
		...ofApplication(options),
		all: true,
		...(level !== null && { level }),
	});
	const needs = postures.flatMap(({ application: asks, objectives: found }) =>
		found
			.filter(({ objective }) => options.objective === undefined || objective === options.objective)
			.flatMap(({ required, weakest }) =>
				weakest
					.filter(({ held }) => held < required)
					.map(({ requirement, component, reason, barred }) => ({
						...{ requirement, component, reason, barred },
						...{ wanted: required, asks },
					})),
			),
	);
	const short = new Set(
		needs
			.filter(({ requirement }) => requirement === 'reach-bound')
			.map(({ component }) => `${component.application}/${component.id}`),
	);
	const emulated = postures
		.flatMap((one) => one.emulated)
		.map(({ application, id }) => `${application}/${id}`)
		.filter((name) => short.has(name));
	return { needs, emulated };
};

const planFor = async (
	options: Options,
	prices: PriceList,
	level: Level | null,
	seconds: number,
): Promise<{ plan: Plan; emulated: Needs['emulated'] }> => {
	const { needs, emulated } = await needsOf(options, level);
	const problem = planProblem(needs, prices);
	const plan = planOf(problem, await whileWaiting('looking for the cheapest plan', solve(problem, seconds)));
	return { plan, emulated };
};

const run = async (options: Options): Promise<void> => {
	const { objective, time } = options;
	const seconds = Number(time);
	if (!(seconds > 0 && seconds <= LONGEST))
		throw new Problem(
			'request-malformed',
			`--time is a number of seconds up to ${LONGEST}, not ${JSON.stringify(time)}`,
		);
	if (objective !== undefined && !objectives.some((one) => one === objective))
		throw new Problem(
			'request-malformed',
			`${JSON.stringify(objective)} is no objective${didYouMean(objective, objectives)}: use ${objectives.join(', ')}`,
		);
	const prices = parsePriceList(readDocument(options.prices));
	if (options.curve === true) {
		const curve: CurvePoint[] = [];
		for (const level of levels) {
			const { plan } = await planFor(options, prices, level, seconds);
			const left = plan.left.length;
			if (plan.actions.length + left > 0) process.exitCode = exit.finding;
			const before = curve.findLast(({ cost }) => cost !== null)?.cost ?? 0;
			const further = left > 0 ? null : Math.round((plan.cost - before) * 100) / 100;
			curve.push({ level, cost: left > 0 ? null : plan.cost, further, cheapest: plan.cheapest, left });
		}
		if (options.json === true) return printJson({ currency: prices.currency, curve });
		print(renderCurve(curve, prices.currency));
		return;
	}
	const level = options.level === undefined ? null : levelOf(options.level);
	const { plan, emulated } = await planFor(options, prices, level, seconds);
	if (plan.actions.length + plan.left.length > 0) process.exitCode = exit.finding;
	if (options.json === true) return printJson({ currency: prices.currency, ...plan });
	print(renderPlan(plan, prices.currency, options.all ?? false));
	if (emulated.length > 0) print(`\n${emulatedPart(emulated)}\n`);
};

const HELP = `
The price list says what each remedy mends, up to which level, and what it costs: examples/prices.yaml is one to start from.
--curve prints what each further level of every objective costs.
Exit code: 0 nothing to do, 1 something to do or left open, 2 misuse or failure.`;

/** `keyward plan`. */
export const register = (program: Command): void => {
	siteOptions(
		program
			.command('plan')
			.description('Find the cheapest remedies that reach the policy, from a price list')
			.requiredOption('--prices <file>', 'the price list')
			.option('--application <name>', 'for this application only')
			.addOption(
				new Option('--objective <name>', 'for this objective only')
					.choices(objectives)
					.argParser((text: string) => text),
			)
			.option('--level <level>', "reach this level in every objective, in place of the policy's")
			.option('--curve', 'print the cost of each level')
			.option('--time <seconds>', 'the solver may take this long for each level', '30')
			.option('--all', 'print every step'),
	)
		.addHelpText('after', HELP)
		.action(run);
};

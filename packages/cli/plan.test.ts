import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { costOf, mendsAll, type Need, parsePriceList, planOf, planProblem, type PriceList } from '@keyward/core/plan';
import {
	type AppraisedComponent,
	appraisePosture,
	catalogue,
	type Component,
	type Fact,
	type Level,
	parsePolicy,
	requirement,
	type RequirementId,
	serviceComponent,
	updateComponent,
} from '@keyward/core/policy';
import { startSite } from '@keyward/testing/service/site';
import * as fc from 'fast-check';
import { keyward } from './keyward.fixture.ts';
import { solve } from './plan/solve.ts';

const requirements = [
	'key-custody',
	'unique-key',
	'reach-bound',
	'link-encryption',
] as const satisfies readonly RequirementId[];

const level = fc.constantFrom<Level>(1, 2, 3, 4);

const drawnNeeds: fc.Arbitrary<Need[]> = fc.array(
	fc
		.tuple(fc.nat(3), fc.constantFrom(...requirements), level, fc.boolean())
		.map(([device, requirement, wanted, barred]) => ({
			...{ requirement, wanted, reason: 'drawn', barred: barred && wanted === 4 },
			component: { kind: 'device', application: 'hall', id: `d${device}` },
		})),
	{ maxLength: 7 },
);

const drawnPrices: fc.Arbitrary<PriceList> = fc
	.array(
		fc.record({
			mends: fc.dictionary(fc.constantFrom(...requirements), level, { minKeys: 1, maxKeys: 3 }),
			each: fc.nat(500).map((cents) => cents / 100),
			once: fc.oneof(
				fc.constant(0),
				fc.nat(2000).map((cents) => cents / 100),
			),
			field: fc.boolean(),
		}),
		{ minLength: 1, maxLength: 4 },
	)
	.map((remedies) => ({
		currency: 'EUR',
		remedies: remedies.map(({ mends, ...prices }, index) => ({
			...{ name: `r${index}`, does: 'something', steps: ['fetch {id}'] },
			mends: new Map(Object.entries(mends) as [RequirementId, Level][]),
			...prices,
		})),
	}));

test('a plan costs what the cheapest of all choices costs, and mends everything that can be', async () => {
	let solved = 0;
	await fc.assert(
		fc.asyncProperty(drawnNeeds, drawnPrices, async (needs, prices) => {
			const problem = planProblem(needs, prices);
			const { length } = problem.options;
			fc.pre(length <= 14);
			let cheapest = Infinity;
			for (let choice = 0; choice < 2 ** length; choice++) {
				const chosen = Array.from({ length }, (_, index) => ((choice >> index) & 1) === 1);
				if (mendsAll(problem, chosen)) cheapest = Math.min(cheapest, costOf(problem, chosen));
			}
			const plan = planOf(problem, await solve(problem, 60));
			assert.equal(plan.cost, cheapest);
			assert.ok(plan.cheapest);
			assert.ok(Math.abs(plan.actions.reduce((sum, { cost }) => sum + cost, 0) - plan.cost) < 0.005);
			// What is left is what nothing on the list reaches, and nothing else.
			for (const need of needs)
				assert.equal(
					plan.left.includes(need),
					need.barred || !prices.remedies.some(({ mends }) => (mends.get(need.requirement) ?? 0) >= need.wanted),
				);
			if (length > 0) solved++;
		}),
		// Each solves in a separate thread.
		{ numRuns: process.env['KEYWARD_SWEEP'] === 'all' ? 200 : 16 },
	);
	assert.ok(solved > 0);
});

test('ten thousand devices that lack the same are one choice; what is paid once tips it', async () => {
	const needs = (count: number): Need[] =>
		Array.from({ length: count }, (_, index) => ({
			...({ requirement: 'key-custody', wanted: 3, reason: 'observed', barred: false } as const),
			component: { kind: 'device', application: 'hall', id: `d${index}` },
		}));
	const remedy = (name: string, each: number, once: number, field: boolean) => ({
		...{ name, does: name, each, once, field, steps: ['mend {application}/{id}'] },
		mends: new Map<RequirementId, Level>([['key-custody', 3]]),
	});
	const prices: PriceList = {
		currency: 'EUR',
		remedies: [remedy('dear', 40, 0, true), remedy('line', 1, 1000, false)],
	};
	const chosen = async (count: number) => {
		const problem = planProblem(needs(count), prices);
		return planOf(problem, await solve(problem, 60));
	};
	const few = await chosen(10);
	assert.deepEqual([few.cost, few.actions.map((one) => one.remedy), few.notInField], [400, ['dear'], []]);
	assert.equal(few.actions[0]?.steps[9], 'mend hall/d9');
	const many = await chosen(10_000);
	assert.deepEqual([many.cost, many.actions.map((one) => one.remedy)], [11_000, ['line']]);
});

test('on both examples the remedies of the plan, applied to the facts, reach the levels of the policy', async () => {
	const examples = new URL('../../examples/', import.meta.url);
	const textOf = (name: string): string => readFileSync(new URL(name, examples), 'utf8');
	const prices = parsePriceList(textOf('prices.yaml'));
	const mendable = new Set(prices.remedies.flatMap(({ mends }) => [...mends.keys()]));
	const now = Date.UTC(2026, 10, 27);
	for (const name of ['reactor-hall', 'weather-station']) {
		const policy = parsePolicy(textOf(`${name}/policy.yaml`));
		const { application } = policy;
		const components: AppraisedComponent[] = [
			...[...policy.devices.keys()].flatMap((className) =>
				[1, 2].map(
					(index) => ({ kind: 'device', application, id: `${className}-${index}`, class: className }) as const,
				),
			),
			...[...new Set([...policy.streams.values()].flatMap(({ readers }) => readers))].map(
				(id) => ({ kind: 'reader', application, id }) as const,
			),
		];
		/** Evidence that the requirement is held at this level, as the policy tightens it. */
		const shown = (subject: Component, id: RequirementId, level: Level): Fact[] => {
			const { asks, applies, objective, scale } = requirement(id);
			const asked = asks[level] ?? null;
			const own = level >= policy.level[objective] ? policy.parameters[id] : null;
			const value = own !== null && (asked === null || scale.compare(own, asked.value) > 0) ? own : asked?.value;
			if (value === undefined || !applies.includes(subject.kind)) return [];
			return [{ subject, claim: id, value, strength: 'attested', source: 'test', at: now }];
		};
		const all = [...components, serviceComponent, updateComponent(application)];
		const before = catalogue
			.filter(({ id }) => !mendable.has(id))
			.flatMap(({ id, objective }) => all.flatMap((one) => shown(one, id, policy.level[objective])));
		const needs = appraisePosture(policy, components, before, now).objectives.flatMap(({ required, weakest }) =>
			weakest.filter(({ held }) => held < required).map((one): Need => ({ ...one, wanted: required })),
		);
		assert.ok(needs.length > 0, name);
		const plan = planOf(planProblem(needs, prices), await solve(planProblem(needs, prices), 60));
		assert.deepEqual(plan.left, [], name);
		const done = plan.actions.flatMap(({ remedy, components: to }) =>
			[...(prices.remedies.find((one) => one.name === remedy)?.mends ?? [])].flatMap(([id, level]) =>
				to.flatMap((one) => shown(one, id, level)),
			),
		);
		for (const { objective, required, held, weakest } of appraisePosture(policy, components, [...before, ...done], now)
			.objectives)
			assert.ok(held >= required, `${name}, ${objective}: ${JSON.stringify(weakest)}`);
	}
});

test('the plan of a running site, and its curve', async (t) => {
	const site = await startSite(t, { operatorSocket: true, linkWorkers: 0 });
	for (const id of ['probe-1', 'probe-2']) await site.commissionDevice('hall', id);
	const prices = fileURLToPath(new URL('../../examples/prices.yaml', import.meta.url));
	const run = (...words: string[]) => keyward(['plan', '--prices', prices, ...words], site.folder);
	const plan = await run('--level', '4', '--objective', 'resistance', '--json');
	assert.equal(plan.status, 1, plan.stderr);
	const { cost, cheapest, actions, notInField } = JSON.parse(plan.stdout) as {
		cost: number;
		cheapest: boolean;
		actions: { remedy: string; steps: string[] }[];
		notInField: { id: string }[];
	};
	// Two modules and what they cost once, or two devices with an element and what those cost once.
	assert.deepEqual([cost, cheapest, actions.map(({ remedy }) => remedy)], [977, true, ['tpm-module']]);
	assert.deepEqual(notInField.map(({ id }) => id).toSorted(), ['probe-1', 'probe-2']);
	assert.ok(actions[0]?.steps.includes('keyward device expect --application hall probe-2 --part PART'));
	const curve = await run('--curve', '--json');
	assert.equal(curve.status, 1, curve.stderr);
	const points = (JSON.parse(curve.stdout) as { curve: { level: number; cost: number | null; left: number }[] }).curve;
	assert.deepEqual(
		points.map((point) => point.level),
		[0, 1, 2, 3, 4],
	);
	assert.deepEqual([points[0]?.cost, points[4]?.cost], [0, null]);
	assert.ok(points.every(({ cost, left }) => (cost === null) === left > 0));
	const costs = points.flatMap(({ cost }) => cost ?? []);
	assert.ok(costs.every((cost, index) => cost >= (costs[index - 1] ?? 0)));
	const short = await run('--level', '4');
	assert.match(short.stdout, /^The level is not reached: \d+ requirements stay open/);
	assert.doesNotMatch(short.stdout, /nothing cheaper reaches it/);
	assert.match((await run('--curve')).stdout, /^level\s+cost[^]*\n4\s+not reached/);
	const bad = await run('--objective', 'resistence');
	assert.equal(bad.status, 2);
	assert.match(bad.stderr, /did you mean "resistance"/);
});

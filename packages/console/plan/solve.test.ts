import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOf, mendsAll, type Need, parsePriceList, planOf, planProblem } from '@keyward/core/plan';
import * as fc from 'fast-check';
import { solve } from './solve.ts';

const requirements = ['key-custody', 'expected-device', 'unique-key', 'link-encryption'] as const;

const remedy = fc.record({
	mends: fc.uniqueArray(fc.constantFrom(...requirements), { minLength: 1, maxLength: 3 }),
	each: fc.integer({ min: 0, max: 50 }),
	once: fc.integer({ min: 0, max: 200 }),
});

const need = fc.record({ requirement: fc.constantFrom(...requirements), device: fc.integer({ min: 0, max: 3 }) });

test('a plan costs what the cheapest of all choices costs', () => {
	fc.assert(
		fc.property(
			fc.array(remedy, { minLength: 1, maxLength: 4 }),
			fc.array(need, { maxLength: 6 }),
			(remedies, wanted) => {
				const prices = parsePriceList(
					JSON.stringify({
						currency: 'EUR',
						remedies: Object.fromEntries(
							remedies.map(({ mends, ...cost }, index) => [
								`r${index}`,
								{ does: 'it', mends: Object.fromEntries(mends.map((id) => [id, 4])), ...cost },
							]),
						),
					}),
				);
				const needs = wanted.map(({ requirement, device }): Need => ({
					...{ requirement, wanted: 3, reason: '', barred: false },
					component: { kind: 'device', application: 'hall', id: `g-${device}` },
				}));
				const problem = planProblem(needs, prices);
				const found = solve(problem);
				assert.ok(mendsAll(problem, found.chosen));
				let least = Infinity;
				for (let set = 0; set < 2 ** problem.options.length; set++) {
					const chosen = problem.options.map((_, index) => (set & (1 << index)) !== 0);
					if (mendsAll(problem, chosen)) least = Math.min(least, costOf(problem, chosen));
				}
				assert.equal(costOf(problem, found.chosen), least);
				assert.equal(planOf(problem, found).cheapest, true);
			},
		),
		{ numRuns: 200 },
	);
});

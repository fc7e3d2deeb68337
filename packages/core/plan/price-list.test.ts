import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import { parsePriceList } from './price-list.ts';

const refused = (text: string, words: RegExp): void =>
	assert.throws(
		() => parsePriceList(text),
		(error) => error instanceof Problem && error.code === 'price-list-malformed' && words.test(error.detail),
	);

const list = (remedy: string): string => `currency: EUR\nremedies:\n  one:\n    does: something\n${remedy}`;

test('the price list of the examples is read', () => {
	const { currency, remedies } = parsePriceList(
		readFileSync(new URL('../../../examples/prices.yaml', import.meta.url), 'utf8'),
	);
	assert.equal(currency, 'EUR');
	assert.ok(remedies.length > 3 && remedies.every(({ mends, steps }) => mends.size > 0 && steps.length > 0));
	assert.deepEqual([remedies[0]?.each, remedies[0]?.once, remedies[0]?.field], [38.5, 900, false]);
});

test('a bad price list is refused with its place', () => {
	refused('remedies: {}', /lacks currency|currency/);
	refused('currency: EUR\nremedies: {}', /no remedy/);
	refused('currency: euro\nremedies: {}', /currency/);
	refused(list('    mends: { key-custdy: 3 }\n    each: 1\n'), /line 5.*did you mean "key-custody"/);
	refused(list('    mends: { key-custody: 5 }\n    each: 1\n'), /line 5.*level/);
	refused(list('    mends: { key-custody: 3 }\n    each: -1\n'), /line 6.*price/);
	refused(list('    mends: { key-custody: 3 }\n    each: 0.001\n'), /line 6.*price/);
	refused(list('    mends: { key-custody: 3 }\n    each: 1\n    feild: true\n'), /did you mean "field"/);
	refused(list('    mends: {}\n    each: 1\n'), /mends names a requirement/);
	const step = (text: string) => list(`    mends: { key-custody: 3 }\n    each: 1\n    steps: ["${text}"]\n`);
	refused(step('keyward device rekey {nam}'), /line 7.*\{nam\} stands for nothing: use \{application\} or \{id\}/);
	refused('currency: [', /line/);
});

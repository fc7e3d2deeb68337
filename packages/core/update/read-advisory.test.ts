import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '../problem/problem.ts';
import { csaf, osv, product } from './advisory.fixture.ts';
import { readAdvisory } from './read-advisory.ts';

test('an advisory that is not as its format says is refused, and says where', () => {
	const link = (id: string, part: string, whole: string): object => ({
		...{ category: 'default_component_of', product_reference: part, relates_to_product_reference: whole },
		full_product_name: { product_id: id, name: id },
	});
	const names = [product('codec', 'pkg:npm/x@1')];
	const tree = (...relationships: readonly object[]): { tree: object } => ({
		tree: { full_product_names: names, relationships },
	});
	let deep: object = { category: 'vendor', name: 'a' };
	for (let i = 0; i < 40; i++) deep = { category: 'vendor', name: 'a', branches: [deep] };
	for (const [text, says] of [
		['{', /cut short/],
		['{"a":1}', /neither an OSV record .* nor a CSAF document/],
		[osv({ modified: 'yesterday' }), /^modified must be a time/],
		[osv({ affected: [{ package: { ecosystem: 'npm' } }] }), /affected\[0\].package.name is missing/],
		[osv({ affected: [{ package: { ecosystem: 'npm', name: 'x', purl: 'x' } }] }), /is no package URL/],
		[
			osv({ affected: [{ package: { ecosystem: 'npm', name: 'x' }, ranges: [{ type: 'RANGE', events: [] }] }] }),
			/SEMVER, ECOSYSTEM or GIT/,
		],
		[
			osv({
				affected: [
					{ package: { ecosystem: 'npm', name: 'x' }, ranges: [{ type: 'SEMVER', events: [{ fixed: '1' }] }] },
				],
			}),
			/where it was introduced/,
		],
		[
			osv({
				affected: [
					{
						package: { ecosystem: 'npm', name: 'x' },
						ranges: [{ type: 'SEMVER', events: [{ fixed: '1', introduced: '0' }] }],
					},
				],
			}),
			/must have one of/,
		],
		[csaf({}, { document: { csaf_version: '1.0' } }), /csaf_version "1.0" is not read here/],
		[csaf({}, { document: { tracking: { id: 'a', status: 'draft' } } }), /draft/],
		[csaf({ known_affected: ['ghost'] }), /known_affected names "ghost"/],
		[csaf({ known_affected: ['codec'], fixed: ['codec'] }), /says fixed of "codec", which it calls affected/],
		[csaf({ known_not_affected: ['codec'] }, { vulnerability: { flags: [] } }), /gives no reason why "codec"/],
		[csaf({}, tree(link('a', 'b', 'codec'), link('b', 'a', 'codec'))), /relationships\[0\] is part of a circle: "a"/],
		[csaf({}, tree(link('a', 'a', 'codec'))), /circle/],
		[csaf({}, tree(link('a', 'ghost', 'codec'))), /names "ghost"/],
		[csaf({}, tree(link('codec', 'codec', 'codec'))), /defines "codec" a second time/],
		[csaf({}, { tree: { branches: [deep] } }), /nested deeper than 32/],
		[
			csaf(
				{},
				{
					tree: {
						branches: [{ category: 'product_version_range', name: 'vers:npm/>', product: product('p', 'pkg:npm/x') }],
					},
				},
			),
			/no version range/,
		],
	] as const)
		assert.throws(
			() => readAdvisory(text),
			(error) => error instanceof Problem && error.code === 'advisory-malformed' && says.test(error.detail),
			String(says),
		);
});

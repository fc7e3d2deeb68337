import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { componentKinds } from '../fact.ts';
import { requirementIds } from '../../requirement/requirement.ts';
import { strengths } from '../../requirement/strength.ts';
import { notBuilt } from './entry.ts';
import { catalogue, requirement } from './index.ts';
import { COMMITTED_MARKS, countMarks } from './marks.ts';
import { renderRequirements } from './render.ts';
import { weighed } from './weighed.ts';

const repository = new URL('../../../../', import.meta.url);
const code = (path: string): string => {
	const at = new URL(path, repository);
	if (!statSync(at).isDirectory()) return readFileSync(at, 'utf8');
	return readdirSync(at)
		.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
		.map((name) => readFileSync(new URL(`${path}/${name}`, repository), 'utf8'))
		.join('\n');
};

test('the catalogue holds every requirement, in order', () => {
	assert.deepEqual(
		catalogue.map(({ id }) => id),
		[...requirementIds],
	);
	for (const id of requirementIds) assert.equal(requirement(id).id, id);
});

test('a level asks at least what the level below asks, in value, strength and age', () => {
	for (const { id, asks, scale } of catalogue) {
		for (const [level, ask] of asks.entries()) {
			const below = asks[level - 1];
			if (below === undefined || below === null) continue;
			assert.ok(ask !== null, `${id} asks nothing at ${level}`);
			assert.ok(scale.compare(ask.value, below.value) >= 0, `${id} is laxer at ${level}`);
			assert.ok(
				strengths.indexOf(ask.strength) >= strengths.indexOf(below.strength),
				`${id} takes weaker evidence at ${level}`,
			);
			assert.ok((ask.age ?? Infinity) <= (below.age ?? Infinity), `${id} takes older evidence at ${level}`);
		}
	}
});

test('every value is on its scale and can be written in a policy', () => {
	for (const { id, asks, scale, builtTo } of catalogue) {
		for (const value of [...asks.map((ask) => ask?.value ?? null), builtTo]) {
			if (value === null) continue;
			assert.ok(scale.satisfies(value, value), `${id} ${String(value)}`);
			if (scale.kind !== 'asked' && scale.kind !== 'at-least') assert.equal(scale.parse(scale.print(value)), value, id);
		}
	}
});

test('level 0 keeps the rows that ask the same of every level, and no other', () => {
	assert.deepEqual(
		catalogue.filter(({ asks }) => asks[0] !== null).map(({ id }) => id),
		[
			'unique-key',
			'service-authentication',
			'owner-anchor',
			'deny-by-default',
			'own-streams-only',
			'link-integrity',
			'replay-refused',
			'input-refused',
			'secrets-wrapped',
			'support-period',
			'disclosure-policy',
			'overload-held',
			'essential-function',
		],
	);
});

test('the catalogue cannot be changed at run time', () => {
	assert.ok(Object.isFrozen(catalogue));
	for (const entry of catalogue) {
		assert.ok(Object.isFrozen(entry) && Object.isFrozen(entry.asks) && Object.isFrozen(entry.scale));
		for (const ask of entry.asks) assert.ok(Object.isFrozen(ask));
	}
});

test('every face is there or marked, and names what exists', () => {
	for (const { id, applies, clause, enforcement, builtTo, evidence, attack } of catalogue) {
		assert.equal(builtTo === null, enforcement === notBuilt, id);
		assert.ok(applies.length > 0 && applies.every((kind) => componentKinds.includes(kind)), id);
		assert.ok(clause === 'ours' || clause.length > 0, id);
		for (const one of clause === 'ours' ? [] : clause) {
			assert.match(
				one,
				/^(IEC 62443-4-2 (CR|EDR|CCSC) [\d.]+( RE\(\d\))?|EN 303 645 5\.\d+-\d+[AB]?|CRA .+|ISO\/IEC 17825)$/,
				id,
			);
		}
		assert.ok(evidence.length > 0, id);
		for (const file of attack === notBuilt ? [] : attack)
			assert.ok(existsSync(new URL(`attacks/${file}`, repository)), `${id}: attacks/${file}`);
		if (enforcement === notBuilt) continue;
		assert.ok(existsSync(new URL(enforcement, repository)), `${id}: ${enforcement} is not there`);
		assert.ok(code(enforcement).includes(id), `${id}: ${enforcement} does not name it`);
	}
});

test('the number of marks is the committed one, which may only fall', () => {
	assert.equal(countMarks(catalogue), COMMITTED_MARKS);
});

test('what was weighed is answered by requirements that exist, or says why nothing answers', () => {
	assert.equal(new Set(weighed.map(({ clause }) => clause)).size, weighed.length);
	for (const { answeredBy, reason } of weighed) {
		for (const id of answeredBy) assert.equal(requirement(id).id, id);
		assert.ok(reason.length > 20);
	}
});

test('docs/requirements.md is fresh: node scripts/requirements.ts writes it', () => {
	assert.equal(readFileSync(new URL('docs/requirements.md', repository), 'utf8'), renderRequirements());
});

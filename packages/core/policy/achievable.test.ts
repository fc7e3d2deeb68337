import assert from 'node:assert/strict';
import { test } from 'node:test';
import { achievableLevels } from './achievable.ts';
import { type CatalogueEntry, notBuilt } from './catalogue/entry.ts';
import { catalogue, requirement } from './catalogue/index.ts';
import { objectives } from './objective.ts';

const built = (entry: CatalogueEntry): CatalogueEntry => ({
	...entry,
	builtTo: entry.asks[4]?.value ?? null,
	evidence: 'seen',
	provenTo: 'attested',
});
const all = catalogue.map(built);
const levelOf = (entries: readonly CatalogueEntry[], objective: string) =>
	achievableLevels(entries).find((one) => one.objective === objective);

test('with everything built, every objective reaches level 4 and nothing bars it', () => {
	assert.deepEqual(
		achievableLevels(all),
		objectives.map((objective) => ({ objective, level: 4, bars: [] })),
	);
});

test('one requirement that is not built bars its level and names itself', () => {
	const entries = all.map((entry) => (entry.id === 'roster-age' ? { ...entry, builtTo: null } : entry));
	assert.deepEqual(levelOf(entries, 'authorization'), {
		objective: 'authorization',
		level: 2,
		bars: [{ requirement: 'roster-age', reason: 'not built yet' }],
	});
});

test('a requirement built in part bars the level that asks more', () => {
	const entries = all.map((entry) => (entry.id === 'explicit-readers' ? { ...entry, builtTo: 'service-held' } : entry));
	const found = levelOf(entries, 'authorization');
	assert.equal(found?.level, 2);
	assert.equal(found?.bars[0]?.reason, 'built only to service-held, asked roster');
});

test('a requirement without evidence bars its level', () => {
	const entries = all.map((entry) => (entry.id === 'restorable' ? { ...entry, evidence: notBuilt } : entry));
	assert.deepEqual(levelOf(entries, 'adaptability')?.level, 1);
	assert.equal(levelOf(entries, 'adaptability')?.bars[0]?.requirement, 'restorable');
});

test('of the catalogue as it is, what bars a level is what posture would call not achieved', () => {
	for (const { bars } of achievableLevels()) {
		for (const { requirement: id } of bars) {
			const { builtTo, asks, scale, evidence } = requirement(id);
			assert.ok(
				builtTo === null || evidence === notBuilt || asks.some((ask) => ask && !scale.satisfies(builtTo, ask.value)),
			);
		}
	}
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startSite } from '@keyward/testing/service/site';
import { faultsOf } from '@keyward/testing/conformance/cases/expect';
import { cases } from '@keyward/testing/conformance/cases';
import { renderConformance } from '@keyward/testing/conformance/document';
import { mqtt311Statements } from '@keyward/testing/conformance/mqtt311';
import { mqtt5Statements } from '@keyward/testing/conformance/mqtt5';
import { conformancePolicy, Room } from '@keyward/testing/conformance/room';
import { type Feature, idOf } from '@keyward/testing/conformance/statement';

const statements = [...mqtt5Statements, ...mqtt311Statements];

test('every statement is in the list once', () => {
	assert.equal(new Set(mqtt5Statements.map(idOf)).size, 251);
	assert.equal(new Set(mqtt311Statements.map(idOf)).size, 141);
	assert.equal(statements.length, 251 + 141);
});

test('docs/mqtt-conformance.md is fresh: node packages/testing/conformance/write.ts writes it', () => {
	const file = new URL('../../../../docs/mqtt-conformance.md', import.meta.url);
	assert.equal(readFileSync(file, 'utf8'), renderConformance());
});

test('the MQTT endpoint, packet by packet', async (t) => {
	const site = await startSite(t, { linkWorkers: 2, policies: [conformancePolicy], patience: 3000 });
	const room = new Room(site);
	await room.furnish();
	const ran = new Set<string>();

	await t.test('cases', { concurrency: 8 }, async (all) => {
		await Promise.all(
			cases.map((one) =>
				all.test(one.name, async (u) => {
					ran.add(one.name);
					await one.run(u, room);
					assert.deepEqual(faultsOf(u), []);
				}),
			),
		);
	});

	await t.test('every statement that binds a server has a case that ran', () => {
		assert.equal(ran.size, cases.length);
		const held = new Set(cases.flatMap(({ holds }) => holds));
		const known = new Set(statements.map(idOf));
		assert.deepEqual(
			[...held].filter((id) => !known.has(id)),
			[],
			'no statement has such a number',
		);
		const refused = new Set<Feature>(cases.flatMap(({ refuses = [] }) => refuses));
		const open = statements.filter((statement) => {
			const { holding } = statement;
			if (holding.by === 'cases' || holding.by === 'our rule') return !held.has(idOf(statement));
			return holding.by === 'not offered' && !refused.has(holding.feature);
		});
		assert.deepEqual(open.map(idOf), []);
		// May only become fewer.
		const notShown = statements.filter(({ holding }) => holding.by === 'not shown');
		assert.deepEqual(notShown.map(idOf), ['311:4.8.0-2']);
	});
});

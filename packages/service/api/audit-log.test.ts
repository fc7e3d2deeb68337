import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { test } from 'node:test';
import { type OperationName, operations } from '@keyward/contract';
import { Problem } from '@keyward/core';
import { openMemoryStore } from '@keyward/store/memory';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { createAuditLog } from './audit-log.ts';

test('every operation is either safe or recorded, and what is safe is known by name', () => {
	const safe = Object.values(operations)
		.filter((operation) => 'safe' in operation)
		.map(({ name }) => name);
	// A new operation is recorded unless somebody writes it here as well.
	const expected: OperationName[] = [
		...([
			'site.status',
			'site.health',
			'policy.list',
			'policy.compare',
			'advisory.list',
			'advisory.show',
			'bom.list',
			'disclosure.show',
			'manifest.list',
			'device.list',
			'device.show',
		] as const),
		...([
			'reader.list',
			'grant.list',
			'command.list',
			'authority.list',
			'audit.list',
			'refusals.list',
			'boot-reference.list',
			'key.list',
			'trust.show',
			'incident.list',
			'incident.show',
			'key.asked',
			'owner.show',
			'owner.file',
			'owner.files',
			'rollout.list',
			'rollout.show',
			'update.assignment',
			'device.report',
			'release.list',
			'agility.show',
			'posture',
			'posture.chain',
			'posture.paths',
			'posture.components',
			'posture.changes',
		] as const),
		...(['person.list', 'session.list', 'session.self', 'approval.list'] as const),
		...(['ledger.verify', 'ledger.grown', 'ledger.prove', 'ledger.witnessed'] as const),
		...(['streams.list', 'streams.arrivals', 'readings.read'] as const),
	];
	assert.deepEqual(safe.toSorted(), expected.toSorted());
});

test('who changed what is listed with reason and result; no secret and no payload is', async (t) => {
	const site = await startSite(t, { linkWorkers: 0 });
	const began = Date.now();
	const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
	await site.ask('device.list', { application: 'hall' });
	await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'stolen' });
	await assert.rejects(site.ask('grant.end', { id: 'absent' }), { code: 'grant-unknown' });
	await site.commissionDevice('hall', 'probe-2');
	const payload = 'open sesame';
	await site.ask('command.send', { application: 'hall', device: 'probe-2', payload });
	await site.apply(`${hallPolicy}# ${'x'.repeat(600)}\n`);
	const listed = await site.ask('audit.list', { since: began, limit: 100 });
	assert.deepEqual(
		listed.toReversed().map((entry) => [entry.who, entry.operation, entry.result, entry.reason]),
		[
			['operator', 'device.expect', 'done', null],
			['operator', 'principal.revoke', 'done', 'stolen'],
			['operator', 'grant.end', 'grant-unknown', null],
			['operator', 'device.expect', 'done', null],
			['device probe-2 of hall', 'key.register', 'done', 'stream'],
			['operator', 'command.send', 'done', null],
			['operator', 'policy.apply', 'done', null],
		],
	);
	const [apply, send] = listed;
	assert.match(String(apply?.input['text']), /^\(\d+ characters\)$/);
	assert.deepEqual(send?.input, { application: 'hall', device: 'probe-2', payload: `(${payload.length} characters)` });
	assert.ok(listed.every(({ at, ended }) => at >= began && ended !== null && ended >= at));
	const text = JSON.stringify(listed);
	assert.ok(!text.includes(commissioning) && !text.includes(payload));
	const last = listed[1]?.number ?? 0;
	assert.deepEqual(
		(await site.ask('audit.list', { before: last, limit: 1 })).map(({ number }) => number),
		[last - 1],
	);
	const verified = await site.ask('ledger.verify', {});
	assert.ok(verified.every(({ ok }) => ok));
	await site.stop();

	const db = new DatabaseSync(join(site.folder, 'keyward.sqlite'), { readOnly: true });
	const kept = JSON.stringify(db.prepare('SELECT * FROM action').all());
	db.close();
	assert.ok(kept.includes('stolen') && !kept.includes(payload) && !kept.includes(commissioning));
});

const call = {
	operation: operations['grant.end'],
	input: { id: 'g' },
	caller: { kind: 'operator' },
	allowed: { allowed: true, principal: null, until: Infinity, breaches: [] },
} as const;

test('what cannot be recorded is not done; what began is on record before it is done, and a bug is told as one', async () => {
	const store = openMemoryStore();
	const log = createAuditLog(store, { now: () => 5 });
	const underWay = (): Promise<unknown> => store.actions({ limit: 1 });
	await log.record(call, async () => {
		assert.deepEqual(await underWay(), [
			{
				...{ number: 1, at: 5, who: 'operator', operation: 'grant.end', application: null, input: '{"id":"g"}' },
				ended: null,
			},
		]);
	});
	await assert.rejects(
		log.record(call, () => Promise.reject(new TypeError('bug'))),
		TypeError,
	);
	assert.deepEqual(
		(await store.actions({ limit: 9 })).map(({ ended }) => ended?.result),
		['internal', 'done'],
	);
	await store.close();
	let done = false;
	const full = createAuditLog(
		{ ...store, beginAction: () => Promise.reject(new Problem('store-failed', 'The disk is full.')) },
		{ now: () => 5 },
	);
	await assert.rejects(
		full.record(call, async () => {
			done = true;
		}),
		{ code: 'store-failed' },
	);
	assert.equal(done, false);
});

test('entries are forgotten after 400 days', async () => {
	const store = openMemoryStore();
	let now = 0;
	const log = createAuditLog(store, { now: () => now });
	await log.record(call, async () => {});
	now = 400 * 86_400_000;
	await log.forget();
	assert.equal((await store.actions({ limit: 9 })).length, 1);
	now++;
	await log.forget();
	assert.equal((await store.actions({ limit: 9 })).length, 0);
	await store.close();
});

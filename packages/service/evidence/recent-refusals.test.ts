import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commission } from '@keyward/agent/commission';
import { formatCommissioning, parseCommissioning } from '@keyward/core/enrol';
import type { PrincipalName } from '@keyward/core/port';
import { until } from '@keyward/testing/agent/until';
import { temporaryFolder } from '@keyward/testing/folder';
import { startSite } from '@keyward/testing/service/site';
import { connectPacket, openSession, openWire, readingPacket } from '@keyward/testing/service/wire';
import { createGivenRefusals } from '../mqtt/given-refusals.ts';
import type { GivenRefusal } from '../thread/link-messages.ts';
import { createRecentRefusals } from './recent-refusals.ts';

const device = (id: string): PrincipalName => ({ kind: 'device', application: 'hall', id });
const given = (id: string | null, more: Partial<GivenRefusal> = {}): GivenRefusal => ({
	...{ code: 'reading-value', requirement: 'input-refused', reason: '7 is above 5', times: 1 },
	...{ application: 'hall', principal: id === null ? null : device(id), fingerprint: null },
	...more,
});
const open = (lines: string[] = []) => {
	const clock = { at: 0, now: () => clock.at };
	const log = { info: (message: string, fields: unknown) => void lines.push(`${message} ${JSON.stringify(fields)}`) };
	return { clock, refusals: createRecentRefusals(async (hex) => (hex === 'aa' ? device('known') : null), clock, log) };
};

test('refusals of a running site', async (t) => {
	const site = await startSite(t);

	await t.test(
		'what EST refuses is told of the device whose token it was, and of strangers, and names no token',
		async () => {
			const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
			const string = parseCommissioning(commissioning);
			const { token } = string;
			const join = (secret: string) =>
				commission({
					commissioning: formatCommissioning({ ...string, token: secret }),
					...{
						folder: temporaryFolder('keyward-join-'),
						kind: 'device',
						clock: { now: () => Date.now() },
						allowPlainKey: true,
					},
				});
			await join(token);
			const guessed = token.replace(/^./, (first) => (first === 'a' ? 'b' : 'a'));
			await assert.rejects(join(token), { code: 'token-spent' });
			await assert.rejects(join(token), { code: 'token-spent' });
			await assert.rejects(join(guessed), { code: 'token-unknown' });
			const told = await site.ask('refusals.list', {});
			assert.deepEqual(
				new Set(
					told.map(({ principal, code, requirement, times }) => [principal?.id, code, requirement, times].join(' ')),
				),
				new Set(['probe-1 token-spent expected-device 2', ' token-unknown expected-device 1']),
			);
			for (const secret of [token, guessed]) assert.ok(!JSON.stringify(told).includes(secret));
		},
	);

	await t.test(
		'what a device is refused over MQTT is told with its reason and how often; so is who has no right any more',
		async (u) => {
			const probe = await site.commissionDevice('hall', 'probe-2');
			const wire = await openSession(u, site, probe);
			const time = Date.now() - 60_000;
			for (const at of [time, time + 1000]) {
				wire.send(readingPacket('probe-2', 1, [{ time: at, value: 1, unit: 'Cel' }]));
				assert.notEqual((await wire.next('puback')).reasonCode, 0);
			}
			const show = () => site.ask('device.show', { application: 'hall', device: 'probe-2' });
			await until('both are told', async () => (await show()).refusals[0]?.times === 2);
			const [refusal] = (await show()).refusals;
			assert.equal(refusal?.code, 'reading-unit');
			assert.match(refusal?.reason ?? '', /Cel/);
			assert.ok(refusal !== undefined && refusal.first <= refusal.last && refusal.last <= Date.now());

			await site.ask('principal.revoke', { ...device('probe-2'), reason: 'stolen' });
			const again = await openWire(u, site, probe);
			again.send(connectPacket(5));
			assert.notEqual((await again.next('connack')).reasonCode, 0);
			// By its certificate, for it has no session.
			await until('the connection is told', async () =>
				(await show()).refusals.some(({ code }) => code === 'certificate-revoked'),
			);
			const listed = await site.ask('refusals.list', { application: 'hall', device: 'probe-2' });
			assert.deepEqual(
				listed.map(({ principal, code }) => [principal, code]),
				['certificate-revoked', 'reading-unit'].map((code) => [device('probe-2'), code]),
			);
			assert.deepEqual(await site.ask('refusals.list', { application: 'hall', device: 'probe-3' }), []);
		},
	);
});

test('a kind of refusal is kept with its last reason, its count and both times; a rare one outlives a flood of another', async () => {
	const { clock, refusals } = open();
	await refusals.add([given('a', { code: 'reading-unit', reason: 'Cel' })]);
	for (clock.at = 1; clock.at <= 1000; clock.at++)
		await refusals.add([given('a', { reason: `${clock.at}`, times: 3 })]);
	assert.deepEqual(refusals.of(device('a')), [
		{ code: 'reading-value', requirement: 'input-refused', reason: '1000', times: 3000, first: 1, last: 1000 },
		{ code: 'reading-unit', requirement: 'input-refused', reason: 'Cel', times: 1, first: 0, last: 0 },
	]);
	assert.deepEqual(refusals.of(device('b')), []);
});

test('a certificate leads to its holder, and one of nobody to the strangers, whom known peers do not drive out', async () => {
	const { refusals } = open();
	await refusals.add([given(null, { fingerprint: 'aa' }), given(null, { fingerprint: 'bb' }), given(null)]);
	assert.equal(refusals.of(device('known')).length, 1);
	for (let i = 0; i < 5000; i++) await refusals.add([given(`d-${i}`)]);
	const all = refusals.all();
	assert.equal(all.length, 4096 + 1);
	assert.equal(all.find(({ principal }) => principal === null)?.times, 2);
	assert.deepEqual(refusals.of(device('known')), []);
});

test('a person is named with their role, each refused operation apart, and strangers stay strangers', async () => {
	const { refusals } = open();
	const person = (operation: 'person.role' | 'device.quarantine') => ({
		name: 'aud',
		role: 'auditor' as const,
		operation,
	});
	await refusals.add([
		given(null, { person: person('person.role') }),
		given(null, { person: person('device.quarantine') }),
		given(null, { person: person('device.quarantine') }),
		given(null),
	]);
	assert.deepEqual(
		refusals.all().map((one) => [one.principal, one.person, one.times]),
		[
			[null, undefined, 1],
			[null, person('person.role'), 1],
			[null, person('device.quarantine'), 2],
		],
	);
});

test('the log has the first of each kind, and 20 lines a minute at most', async () => {
	const lines: string[] = [];
	const { clock, refusals } = open(lines);
	await refusals.add([given('a'), given('a'), given('a')]);
	assert.equal(lines.length, 1);
	assert.match(lines[0] ?? '', /device hall\/a.*reading-value.*7 is above 5/);
	for (let i = 0; i < 100; i++) await refusals.add([given(`d-${i}`)]);
	assert.equal(lines.length, 20);
	clock.at += 60_000;
	await refusals.add([given('late')]);
	assert.equal(lines.length, 21);
});

test('a worker tells one of each kind and peer with how often; beyond 500 the peers are not told apart', () => {
	const refusals = createGivenRefusals();
	for (let i = 0; i < 1000; i++)
		for (let times = 0; times < 2; times++) refusals.add(given(`d-${i}`, { reason: 'x'.repeat(400) }));
	const taken = refusals.take();
	assert.equal(taken.length, 501);
	assert.ok(taken.every(({ reason }) => reason.length === 300));
	const rest = taken.filter(({ principal }) => principal === null);
	assert.deepEqual(
		rest.map(({ application, times }) => [application, times]),
		[['hall', 1000]],
	);
	assert.equal(taken[0]?.times, 2);
	assert.deepEqual(refusals.take(), []);
});

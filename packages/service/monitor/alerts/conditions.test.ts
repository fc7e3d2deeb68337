import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days } from '@keyward/core';
import { softwareKey } from '@keyward/core/device';
import { type Level, type Objective, type Posture } from '@keyward/core/policy';
import type { IssuedCertificate, Principal } from '@keyward/core/port';
import { deviceEnd, ownEnds } from './ends.ts';
import { createFall } from './fall.ts';

const start = Date.UTC(2026, 10, 22);

const device = (id: string, className = 'probe', state: Principal['state'] = 'active'): Principal => ({
	kind: 'device',
	application: 'hall',
	id,
	class: className,
	part: null,
	state,
	at: start,
});

const certificate = (from: number, until: number, revoked = false): IssuedCertificate => ({
	principal: { kind: 'device', application: 'hall', id: 'g-1' },
	serial: '01',
	fingerprint: new Uint8Array(32),
	key: new Uint8Array(32),
	evidence: softwareKey,
	notBefore: from,
	notAfter: until,
	der: new Uint8Array(),
	revoked: revoked ? { at: from, cause: 'unspecified', reason: 'test' } : null,
});

test('a device that renews in time is never told of; one with a sixth of its life left is', () => {
	const end = (until: number, more: IssuedCertificate[] = []): string | undefined =>
		deviceEnd(device('g-1'), [certificate(start, until), ...more], start + days(50))?.text;
	assert.equal(end(start + days(61)), undefined);
	assert.match(end(start + days(60) - 1) ?? '', /^The certificate of hall\/g-1 ends in 9 d: look at its log/);
	assert.match(end(start + days(49)) ?? '', /ended 1 d ago: retire it and commission it again/);
	// It has a newer one; a revoked one does not count.
	assert.equal(end(start + days(49), [certificate(start, start + days(100))]), undefined);
	assert.match(end(start + days(49), [certificate(start, start + days(100), true)]) ?? '', /ended/);
	assert.equal(deviceEnd(device('g-1', 'probe', 'retired'), [certificate(start, start + 1)], start + 2), null);
	assert.equal(deviceEnd(device('g-1', 'probe', 'expected'), [], start), null);
});

test('a CA is told of half a year before its end, or with a sixth of a short life left', () => {
	const ca = { name: 'CN=root', isAuthority: true, from: start, until: start + days(3650) };
	assert.deepEqual(ownEnds([ca], start + days(3650 - 181)), []);
	assert.match(ownEnds([ca], start + days(3650 - 179))[0]?.text ?? '', /CN=root ends in 179 d: roll it over/);
	const leaf = { name: 'CN=localhost', isAuthority: false, from: start, until: start + days(60) };
	assert.deepEqual(ownEnds([leaf], start + days(49)), []);
	assert.match(ownEnds([leaf], start + days(51))[0]?.text ?? '', /start the service again/);
});

const posture = (held: Level, required: Level): Posture => ({
	application: 'hall',
	mode: 'enforce',
	counts: { components: 0, emulated: 0, otherCa: 0, unseen: 0, suspected: 0 },
	emulated: [],
	otherCa: [],
	unseen: [],
	suspected: [],
	objectives: [
		{
			objective: 'integrity' satisfies Objective,
			required,
			held,
			...{ total: 1, alike: [] },
			weakest: [
				{
					requirement: 'ledger',
					component: { kind: 'service', application: '', id: 'service' },
					held,
					reason: 'observed broken',
					barred: false,
				},
			],
		},
	],
});

test('posture has fallen when it is below what is required, or below what it was', () => {
	const fall = createFall();
	assert.deepEqual(fall.look([posture(2, 2)]), []);
	assert.match(
		fall.look([posture(1, 2)])[0]?.text ?? '',
		/^integrity of hall is held to level 1 and level 2 is required by ledger at service \(observed broken\)/,
	);
	assert.deepEqual(fall.look([posture(3, 2)]), []);
	assert.match(fall.look([posture(2, 2)])[0]?.text ?? '', /it was held to level 3/);
	assert.deepEqual(fall.look([posture(3, 2)]), []);
});

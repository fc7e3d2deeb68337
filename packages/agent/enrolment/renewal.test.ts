import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, hours, minutes, seconds } from '@keyward/core';
import type { Identity } from '../identity/identity.ts';
import { renewalDue, renewalPause } from './renewal.ts';

const now = Date.UTC(2026, 10, 22);
const leafOf = (lifetime: number, octet: number): Pick<Identity, 'leaf'> => ({
	leaf: { notBefore: now, notAfter: now + lifetime, fingerprint: Uint8Array.of(octet) } as Identity['leaf'],
});

test('from minutes to years: due in good time, spread over the fleet, and looked for ten times before it is too late', () => {
	for (const lifetime of [minutes(2), minutes(10), hours(1), hours(24), days(7), days(90), days(5 * 365)]) {
		const [first, last] = [0, 255].map((octet) => renewalDue(leafOf(lifetime, octet)));
		assert.ok(first !== undefined && last !== undefined);
		assert.equal(first, Math.floor(now + (lifetime * 2) / 3));
		assert.ok(last - first > lifetime / 25 && last - first <= lifetime / 20);
		assert.ok(renewalPause(leafOf(lifetime, 0)) * 10 <= lifetime / 3 - lifetime / 20);
	}
	assert.equal(renewalPause(leafOf(minutes(2), 0)), seconds(3));
	assert.equal(renewalPause(leafOf(days(7), 0)), minutes(1));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '@keyward/core/policy';
import { saidSoftware, withoutWeaker } from './software-facts.ts';

const device = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
const now = 1_000_000;

test("a device's weaker word for its software gives way to its TPM's, and its word against it never does", () => {
	const whole = saidSoftware(device, 'whole', now);
	const byTpm: Fact = { ...whole, value: 'authentic', strength: 'attested', source: 'registrar', until: now + 10 };
	assert.deepEqual(withoutWeaker([whole], now), [whole]);
	assert.deepEqual(withoutWeaker([whole, byTpm], now), [byTpm]);
	assert.deepEqual(withoutWeaker([whole, byTpm], now + 10), [whole, byTpm], "the TPM's word is too old");
	const refused = { ...byTpm, value: 'PCR 4 is not that of 2.1.0' };
	assert.deepEqual(withoutWeaker([whole, refused], now), [whole, refused]);
	const changed = saidSoftware(device, 'What runs is not what the owner signed.', now);
	assert.deepEqual(withoutWeaker([changed, byTpm], now), [changed, byTpm]);
	const other = saidSoftware({ ...device, id: 'probe-2' }, 'whole', now);
	assert.deepEqual(withoutWeaker([other, byTpm], now), [other, byTpm]);
});

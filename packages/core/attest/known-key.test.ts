import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeKnownKey } from './known-key.ts';
import type { AttestationTrust } from './trust.ts';

const known = { key: new Uint8Array(32), slot: '0', part: 'serial:42', manufacturer: 'mill', signer: 'ab'.repeat(32) };
const trust: AttestationTrust = {
	manufacturers: [{ name: 'mill', anchors: [], emulated: true }],
	revoked: new Set(['serial:43@mill', 'serial:43@other', 'cd'.repeat(32)]),
	deniedFirmware: [],
};

test('a key that a manifest names is in its part for as long as the site believes its manufacturer', () => {
	assert.deepEqual(judgeKnownKey(known, trust), {
		...{
			custody: 'pkcs11',
			proof: 'endorsed',
			part: 'serial:42',
			manufacturer: 'mill',
			emulated: true,
			path: ['ab'.repeat(32)],
		},
	});
	assert.equal(judgeKnownKey({ ...known, manufacturer: 'other' }, trust), null);
	for (const [what, changed] of [
		['part', { ...known, part: 'serial:43' }],
		['signer', { ...known, signer: 'cd'.repeat(32) }],
		['part, of a manufacturer that is dropped too', { ...known, part: 'serial:43', manufacturer: 'other' }],
	] as const) {
		const judged = judgeKnownKey(changed, trust);
		assert.ok(judged !== null && 'refusal' in judged && judged.refusal.code === 'endorsement-revoked', what);
	}
});

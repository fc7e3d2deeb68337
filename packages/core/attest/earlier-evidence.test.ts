import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KeyEvidence, softwareKey } from '../device/key-evidence.ts';
import { evidenceUnder } from './earlier-evidence.ts';
import type { AttestationTrust } from './trust.ts';

const evidence: KeyEvidence = {
	custody: 'tpm2',
	proof: 'attested',
	part: `ek:${'0'.repeat(64)}`,
	manufacturer: 'paper-mill',
	emulated: false,
};
const trust: AttestationTrust = {
	manufacturers: [{ name: 'paper-mill', anchors: [], emulated: false }],
	revoked: new Set(),
	deniedFirmware: [],
};

test('earlier evidence stands for as long as the site believes its manufacturer, as the kind of manufacturer that it was', () => {
	assert.equal(evidenceUnder(evidence, trust), evidence);
	assert.equal(evidenceUnder({ ...evidence, proof: 'endorsed' }, trust).proof, 'endorsed');
	for (const [what, now] of [
		['no manufacturer named', { ...trust, manufacturers: [] }],
		['another manufacturer', { ...trust, manufacturers: [{ name: 'other', anchors: [], emulated: false }] }],
		['an emulator now', { ...trust, manufacturers: [{ name: 'paper-mill', anchors: [], emulated: true }] }],
		['the part taken back', { ...trust, revoked: new Set([evidence.part ?? '']) }],
	] as const) {
		assert.equal(evidenceUnder(evidence, now), softwareKey, what);
	}
	const path = ['tbs:00', 'issued:00:42'];
	assert.deepEqual(evidenceUnder({ ...evidence, path }, trust), { ...evidence, path });
	for (const one of path)
		assert.equal(evidenceUnder({ ...evidence, path }, { ...trust, revoked: new Set([one]) }), softwareKey);
	// Numbers are each manufacturer's own.
	const numbered: KeyEvidence = { ...evidence, part: 'serial:42' };
	assert.equal(evidenceUnder(numbered, { ...trust, revoked: new Set(['serial:42@other']) }), numbered);
	assert.equal(evidenceUnder(numbered, { ...trust, revoked: new Set(['serial:42@paper-mill']) }), softwareKey);
	assert.equal(evidenceUnder(softwareKey, trust), softwareKey);
});

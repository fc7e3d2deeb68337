import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
	handleName,
	objectName,
	qualifiedName,
	SRK_ECC_P256,
	TPM_RH,
	TPM_ST,
	TPMT_PUBLIC,
	withPublicKey,
} from '../format/tpm2/index.ts';
import { testSigner } from '../format/signer.fixture.ts';
import { clearedQualifyingData, clearingQualifyingData, judgeCleared, judgeClearing } from './clearing.ts';
import { makePaperTpm } from './paper-tpm.fixture.ts';

const tpm = makePaperTpm();
const nonce = new Uint8Array(32).fill(7);
const exporter = new Uint8Array(32).fill(9);
const endorsed = { endorsementKey: tpm.endorsementArea, part: 'ek:1', manufacturer: 'paper-mill', emulated: false };
const trust = { manufacturers: [], revoked: new Set<string>(), deniedFirmware: [] };
const terms = { attestationKey: tpm.attestationKey.area, tpm: endorsed, trust };
const { spki } = tpm.deviceKey;
const parent = withPublicKey(SRK_ECC_P256, testSigner().publicKey);

/** A TPM's word on its key, under the primary key of that hierarchy, with its clock at that. */
const announced = (hierarchy: number, clock = 1000n, resetCount = 4) => {
	const extraData = clearingQualifyingData(nonce, exporter, spki, 'hall/probe-1');
	const name = objectName(tpm.deviceKey.area);
	const under = qualifiedName(tpm.deviceKey.area, qualifiedName(parent, handleName(hierarchy)));
	const said = tpm.certify({
		extraData,
		clockInfo: { clock, resetCount, restartCount: 0, safe: 1 },
		attested: { type: TPM_ST.ATTEST_CERTIFY, name, qualifiedName: under },
	});
	return judgeClearing(
		{ ...said, parent: TPMT_PUBLIC.marshal(parent) },
		{ ...terms, qualifyingData: extraData, publicKey: spki },
	);
};

test('before it is cleared, a TPM speaks for a key that clearing ends: one under the owner, and no other', () => {
	assert.deepEqual(announced(TPM_RH.OWNER), { clock: { clock: 1000n, resetCount: 4 } });
	for (const hierarchy of [TPM_RH.PLATFORM, TPM_RH.ENDORSEMENT, TPM_RH.NULL]) {
		const judged = announced(hierarchy);
		assert.equal('refusal' in judged && judged.refusal.code, 'key-attributes');
	}
});

test('cleared is what has a safe clock below that of before, or fewer resets; nothing else, and no word of another time', () => {
	const qualifyingData = clearedQualifyingData(nonce, exporter, 'hall/probe-1');
	const judge = (clock: bigint, resetCount: number, safe: number, extraData = qualifyingData) =>
		judgeCleared(
			tpm.certify({ extraData, clockInfo: { clock, resetCount, restartCount: 0, safe } }),
			{ ...terms, qualifyingData },
			{ clock: 1000n, resetCount: 4 },
		)?.code ?? 'cleared';
	assert.equal(judge(10n, 0, 1), 'cleared');
	assert.equal(judge(999n, 4, 1), 'cleared');
	assert.equal(judge(5000n, 1, 0), 'cleared', 'it was on for longer since, and started once');
	assert.equal(judge(1000n, 4, 1), 'tpm-not-cleared');
	assert.equal(judge(1001n, 5, 1), 'tpm-not-cleared');
	assert.equal(judge(10n, 5, 0), 'tpm-not-cleared', 'a power cut');
	assert.equal(judge(10n, 4, 255), 'tpm-not-cleared', 'neither yes nor no');
	assert.equal(judge(10n, 0, 1, clearedQualifyingData(exporter, nonce, 'hall/probe-1')), 'evidence-stale');
});

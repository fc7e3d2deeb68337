import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attested, TPM_ST, u64 } from '../format/tpm2/index.ts';
import {
	FLOOR_COUNTER_NAME,
	FLOOR_ORIGIN_NAME,
	floorQualifyingData,
	judgeCountedFloor,
	judgeFloorEvidence,
} from './hardware-floor.ts';
import { makePaperTpm } from './paper-tpm.fixture.ts';

const tpm = makePaperTpm();
const nonce = new Uint8Array(32).fill(7);
const exporter = new Uint8Array(32).fill(9);
const data = floorQualifyingData(nonce, exporter, 'hall/probe-1');
const endorsed = { endorsementKey: tpm.endorsementArea, part: 'ek:1', manufacturer: 'paper-mill', emulated: false };
const trust = { manufacturers: [], revoked: new Set<string>(), deniedFirmware: [] };
const terms = { attestationKey: tpm.attestationKey.area, tpm: endorsed, trust, qualifyingData: data };

const holds = (indexName: Uint8Array, value: Uint8Array, offset = 0): Attested => ({
	...{ type: TPM_ST.ATTEST_NV, indexName, offset, nvContents: value },
});

const judge = (counter: Attested, origin: Attested, [first, second] = [data, data]) => {
	const now = tpm.certify({ extraData: first, attested: counter });
	const began = tpm.certify({ extraData: second, attested: origin });
	const { attest, signature } = now;
	const judged = judgeFloorEvidence(
		{ attest, signature, originAttest: began.attest, originSignature: began.signature },
		terms,
	);
	return 'refusal' in judged ? judged.refusal.code : judged;
};

test('a floor is what a counter of this very kind counts beyond where it began, by the word of now; nothing else is one', () => {
	const counter = holds(FLOOR_COUNTER_NAME, u64(12n));
	const origin = holds(FLOOR_ORIGIN_NAME, u64(5n));
	assert.deepEqual(judge(counter, origin), { floor: 7, origin: 5n });
	const other = FLOOR_COUNTER_NAME.with(5, 0);
	assert.equal(judge(holds(other, u64(12n)), origin), 'floor-undone', 'an ordinary index in its place');
	assert.equal(judge(origin, origin), 'floor-undone', 'the origin for the counter');
	assert.equal(judge(counter, counter), 'floor-undone', 'the counter for the origin');
	assert.equal(judge(holds(FLOOR_COUNTER_NAME, u64(4n)), origin), 'floor-undone', 'behind where it began');
	assert.equal(judge(holds(FLOOR_COUNTER_NAME, u64(12n).slice(0, 4)), origin), 'floor-undone', 'half of it');
	assert.equal(judge(holds(FLOOR_COUNTER_NAME, u64(12n), 1), origin), 'floor-undone');
	assert.equal(judge(holds(FLOOR_COUNTER_NAME, u64(2n ** 64n - 1n)), origin), 'floor-undone', 'no number of a floor');
	assert.equal(
		judge({ type: TPM_ST.ATTEST_CERTIFY, name: FLOOR_COUNTER_NAME, qualifiedName: FLOOR_COUNTER_NAME }, origin),
		'floor-undone',
	);
	const stale = floorQualifyingData(exporter, nonce, 'hall/probe-1');
	assert.equal(judge(counter, origin, [stale, data]), 'evidence-stale');
	assert.equal(judge(counter, origin, [data, stale]), 'evidence-stale', 'each is of now');
});

test('a floor that was seen once goes on from where it began, and never down', () => {
	const seen = { floor: 7, origin: 5n };
	assert.equal(judgeCountedFloor(seen, null), null);
	assert.equal(judgeCountedFloor(seen, seen), null);
	assert.equal(judgeCountedFloor({ floor: 8, origin: 5n }, seen), null);
	assert.equal(judgeCountedFloor({ floor: 6, origin: 5n }, seen)?.code, 'floor-undone');
	assert.equal(judgeCountedFloor({ floor: 0, origin: 13n }, seen)?.code, 'floor-undone');
	assert.equal(judgeCountedFloor({ floor: 12, origin: 0n }, seen)?.code, 'floor-undone');
});

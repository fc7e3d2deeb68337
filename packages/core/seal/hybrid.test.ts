import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cbor, decodeCbor, encodeCbor } from '../format/cose/cbor.ts';
import { hpke } from '../format/cose/hpke.ts';
import { signSign1 } from '../format/cose/sign1.ts';
import { largestPayload } from '../observe/admit.ts';
import { judgeEpoch, openEpoch, openReading, readEpoch, readSealedReading, sealReading } from './index.ts';
import { now, testAgreementKey, testKemKey, testStream } from './seal.fixture.ts';

// Suite 2: ML-KEM-768 and P-256 together.

const kem = testKemKey();
const one = testStream((json) => {
	json.streams['dose-rate'] = { ...json.streams['dose-rate'], suite: 2 };
	json.readers['desk'] = { ...json.readers['desk'], kem: Buffer.from(kem.publicKey).toString('base64') };
});
const { message, keys } = await one.seal();
const epoch = readEpoch(message);

test('a reader with both keys opens an epoch of suite 2', async () => {
	assert.equal(judgeEpoch(epoch, one.content, one.roster, now), null);
	assert.deepEqual(await openEpoch(epoch, { agreement: one.reader, kem }), keys);
	const text = Uint8Array.of(1, 2, 3);
	assert.deepEqual(openReading(keys, readSealedReading(sealReading(keys, 1, text))), Buffer.from(text));
});

test('one half of the hybrid alone opens nothing', async () => {
	await assert.rejects(openEpoch(epoch, { agreement: one.reader }), { code: 'seal-suite' });
	await assert.rejects(openEpoch(epoch, { agreement: one.reader, kem: testKemKey() }), { code: 'epoch-malformed' });
	const other = { ...testAgreementKey(), publicKey: one.reader.publicKey };
	await assert.rejects(openEpoch(epoch, { agreement: other, kem }), { code: 'epoch-malformed' });
});

/** The epoch with its one recipient changed, signed by the device again. */
const withRecipient = async (change: (parts: Cbor[]) => void, suite = 2): Promise<Uint8Array> => {
	const fields = [...(decodeCbor(epoch.signed.payload) as readonly Cbor[])];
	const encrypted = [...(fields[10] as readonly Cbor[])];
	const [recipient] = encrypted[3] as readonly (readonly Cbor[])[];
	const parts = [...(recipient ?? [])];
	change(parts);
	encrypted[3] = [parts];
	return signSign1(encodeCbor(fields.with(8, suite).with(10, encrypted)), one.signer);
};

const encapsulated = epoch.encrypted.recipients[0]?.headers.unprotected.get(hpke.encapsulatedKey) as Uint8Array;

test('a recipient that is not of the suite is refused, whichever way it is mixed', async () => {
	const ways: readonly ((parts: Cbor[]) => void)[] = [
		(parts) => (parts[1] = new Map([[hpke.encapsulatedKey, encapsulated.subarray(1)]])),
		(parts) => (parts[1] = new Map([[hpke.encapsulatedKey, encapsulated.with(1088, 2)]])),
		(parts) =>
			(parts[1] = new Map<number, Cbor>([
				[hpke.encapsulatedKey, encapsulated],
				[99, 1],
			])),
		(parts) => (parts[2] = new Uint8Array(40)),
		(parts) => (parts[0] = encodeCbor(new Map([[1, hpke.algorithm]]))),
	];
	for (const change of ways) {
		const bytes = await withRecipient(change);
		assert.throws(() => readEpoch(bytes), { code: 'epoch-malformed' });
	}
	const named = await withRecipient(() => {}, 1);
	assert.throws(() => readEpoch(named), { code: 'epoch-malformed' });
	const classical = await testStream().seal();
	const fields = [...(decodeCbor(readEpoch(classical.message).signed.payload) as readonly Cbor[])];
	const called = await signSign1(encodeCbor(fields.with(8, 2)), one.signer);
	assert.throws(() => readEpoch(called), { code: 'epoch-malformed' });
});

test('an altered half, and a point that is not on the curve, open nothing', async () => {
	const altered = encapsulated.with(0, (encapsulated[0] ?? 0) ^ 1);
	const first = await withRecipient((parts) => (parts[1] = new Map([[hpke.encapsulatedKey, altered]])));
	await assert.rejects(openEpoch(readEpoch(first), { agreement: one.reader, kem }), { code: 'epoch-malformed' });
	const off = encapsulated.with(1152, (encapsulated[1152] ?? 0) ^ 1);
	const second = await withRecipient((parts) => (parts[1] = new Map([[hpke.encapsulatedKey, off]])));
	await assert.rejects(openEpoch(readEpoch(second), { agreement: one.reader, kem }), { code: 'key-agreement' });
});

test('an epoch for as many readers as suite 2 may have fits into a message, and one more is refused', async () => {
	const many = (count: number) =>
		testStream((json) => {
			json.streams['dose-rate'] = { ...json.streams['dose-rate'], suite: 2 };
			const [desk] = Object.values(json.readers);
			const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
			for (let i = 0; i < count; i++) {
				const [key, own] = [base64(testAgreementKey().publicKey), base64(testKemKey().publicKey)];
				json.readers[i === 0 ? 'desk' : `reader-${i}`] = { ...desk, key, kem: own };
			}
		});
	const { message: largest } = await many(48).seal();
	assert.ok(largest.length <= largestPayload, String(largest.length));
	assert.throws(() => many(49), /has 49 readers; at most 48/);
});

test('a reader without an ML-KEM key has no place on a stream of suite 2', () => {
	assert.throws(
		() => testStream((json) => (json.streams['dose-rate'] = { ...json.streams['dose-rate'], suite: 2 })),
		/"readers\.desk\.kem" is missing/,
	);
});

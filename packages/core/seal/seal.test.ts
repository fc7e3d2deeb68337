import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSigner } from '../format/signer.fixture.ts';
import { decodeSenmlCbor, encodeSenmlCbor } from '../observe/senml-cbor.ts';
import {
	checkpointHash,
	digestOf,
	isSignedCheckpoint,
	isSignedReading,
	judgeEpoch,
	openEpoch,
	openReading,
	readEpoch,
	readSealedItem,
	readSealedMessage,
	type SealCheckpoint,
	sealReading,
	signReading,
	signSealCheckpoint,
	streamKeysOf,
} from './index.ts';
import { now, testAgreementKey, testStream } from './seal.fixture.ts';

const pack = encodeSenmlCbor([{ name: 'probe/dose-rate', unit: 'Sv/h', time: now, value: 1.5e-7 }]);

test('a granted reader opens what the device sealed, and tells what it signed', async () => {
	const { signer, reader, roster, content, seal } = testStream();
	const { message, hash, keys } = await seal();
	const sealed = [1, 2, 3].map((sequence) => sealReading(keys, sequence, pack));
	const items = readSealedMessage(Buffer.concat([message, ...sealed]));
	assert.deepEqual(
		items.map(({ kind, epoch, sequence, contentType }) => [kind, epoch, sequence, contentType]),
		[
			['epoch', 7, 0, 2],
			['reading', 7, 1, 1],
			['reading', 7, 2, 1],
			['reading', 7, 3, 1],
		],
	);
	const epoch = readEpoch(message);
	assert.deepEqual(epoch.content, content);
	assert.deepEqual(epoch.hash, hash);
	assert.equal(judgeEpoch(epoch, content, roster, now), null);
	const opened = await openEpoch(epoch, { agreement: reader });
	const hashes: Uint8Array[] = [];
	for (const item of items.slice(1)) {
		assert(item.kind === 'reading');
		const text = openReading(opened, item.received);
		assert.deepEqual(decodeSenmlCbor(text), decodeSenmlCbor(pack));
		hashes.push(item.received.hash);
	}
	const checkpoint: SealCheckpoint = {
		epoch: 7,
		epochHash: hash,
		first: 1,
		sequence: 4,
		digest: digestOf(hashes),
		previous: null,
		boot: content.boot,
		uptime: 90,
		time: now,
	};
	const signed = readSealedItem(await signSealCheckpoint(checkpoint, signer));
	assert(signed.kind === 'checkpoint' && signed.sequence === 4);
	assert.deepEqual(signed.received.checkpoint, checkpoint);
	assert.deepEqual(signed.received.hash, checkpointHash(checkpoint));
	assert.equal(isSignedCheckpoint(signed.received, streamKeysOf(roster, 'probe')), true);
	assert.equal(isSignedCheckpoint(signed.received, [testSigner().publicKey]), false);
});

test('a reading that is signed by itself is of its epoch alone', async () => {
	const { signer, roster, seal } = testStream();
	const { hash, keys } = await seal();
	const item = readSealedItem(await signReading(sealReading(keys, 5, pack), hash, signer));
	assert(item.kind === 'signed-reading' && item.sequence === 5);
	const own = streamKeysOf(roster, 'probe');
	assert.equal(isSignedReading(item.received, hash, own), true);
	assert.equal(isSignedReading(item.received, (await seal()).hash, own), false);
	assert.deepEqual(openReading(keys, item.received.reading), Buffer.from(pack));
});

test('who is not among the readers opens nothing', async () => {
	const { seal } = testStream();
	const { message } = await seal();
	await assert.rejects(openEpoch(readEpoch(message), { agreement: testAgreementKey() }), { code: 'epoch-recipients' });
});

test('a reading grows by at most 32 bytes, and by 4 for its share of a checkpoint', async () => {
	const { signer, content, seal } = testStream();
	for (const number of [0, 255, 65_535]) {
		const { keys, hash } = await seal({ number });
		const texts = [0, 23, 24, 60, 239].map((length) => new Uint8Array(length));
		for (const sequence of [1, 255, 65_535]) {
			for (const text of texts) {
				const added = sealReading(keys, sequence, text).length - text.length;
				assert.ok(added <= 32, `${added} for ${text.length} at ${number}/${sequence}`);
			}
		}
		const checkpoint = {
			epoch: number,
			epochHash: hash,
			first: 65_000,
			sequence: 65_064,
			digest: hash,
			previous: hash,
		};
		const signed = await signSealCheckpoint({ ...checkpoint, boot: content.boot, uptime: 2 ** 31, time: now }, signer);
		assert.ok(signed.length / 64 <= 4, `${signed.length} for 64`);
	}
});

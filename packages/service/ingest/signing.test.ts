import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { minutes, seconds } from '@keyward/core';
import { checkpointIdentity, contentType, encodeRecord, sequenceIdentity } from '@keyward/core/observe';
import { parsePolicy } from '@keyward/core/policy';
import { openDigestOf, signOpenCheckpoint } from '@keyward/core/seal';
import { hallPolicy } from '@keyward/testing/service/site';
import {
	judgeCheckpoint,
	judgeUnsigned,
	noteSigned,
	openSigning,
	setSigning,
	timeOfCheckpoint,
	unknownTo,
} from './signing.ts';

const start = 1_795_000_000_000;
const name = { application: 'hall', device: 'probe-1', stream: 'dose-rate' };
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signer = {
	publicKey: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
	custody: 'software' as const,
	sign: async (bytes: Uint8Array) => new Uint8Array(sign('sha256', bytes, privateKey)),
};
const policy = (within: string) => parsePolicy(`${hallPolicy}tighten: { reading-signature: ${within} }\n`);

const valueAt = (time: number) => ({
	...{ identity: time, type: contentType.value },
	payload: encodeRecord({ value: time % 1000, unit: 'Sv/h' }),
});
const checkpointOver = async (rows: readonly ReturnType<typeof valueAt>[]) => {
	const readings = rows.map(({ identity, payload }) => ({ time: identity, record: payload }));
	const number = start + rows.length;
	const checkpoint = {
		number,
		times: readings.map(({ time }) => time),
		digest: openDigestOf(readings),
		previous: null,
	};
	const payload = await signOpenCheckpoint(checkpoint, name, signer);
	return { identity: checkpointIdentity(number), type: contentType['cose-sign1'], payload };
};
const nothing = Number.NEGATIVE_INFINITY;
const empty = new Map<number, Uint8Array>();

test('a stream that is not signed in time is refused until its device has signed', async () => {
	const signing = openSigning();
	setSigning(signing, policy('1 min'), start);
	const rows = [1, 2, 3].map((step) => valueAt(start + step));
	noteSigned(signing, rows, start);
	assert.equal(judgeUnsigned(signing, start + seconds(66)), null);
	assert.equal(judgeUnsigned(signing, start + seconds(66) + 1)?.code, 'reading-unsigned');
	const checkpoint = await checkpointOver(rows.slice(0, 2));
	assert.equal(timeOfCheckpoint(checkpoint.payload), start + 2);
	assert.equal(judgeCheckpoint(signing, checkpoint.payload, empty, nothing), null);
	assert.equal(noteSigned(signing, [checkpoint], start + seconds(70)), seconds(70));
	// The third one came with them and is not signed.
	assert.equal(judgeUnsigned(signing, start + seconds(71))?.code, 'reading-unsigned');
	noteSigned(signing, [await checkpointOver(rows.slice(2))], start + seconds(72));
	assert.equal(judgeUnsigned(signing, start + minutes(60)), null);
});

test('a device that was away has the time again, and not by connecting over and over', () => {
	const signing = openSigning();
	setSigning(signing, policy('1 min'), start);
	noteSigned(signing, [valueAt(start)], start);
	const back = start + minutes(30);
	assert.equal(judgeUnsigned(signing, back)?.code, 'reading-unsigned');
	setSigning(signing, policy('1 min'), back);
	assert.equal(judgeUnsigned(signing, back + seconds(60)), null);
	setSigning(signing, policy('1 min'), back + seconds(61));
	assert.equal(judgeUnsigned(signing, back + seconds(70))?.code, 'reading-unsigned');
});

test('what its device left out, as after a lost outbox, blocks nothing and counts as it was', async () => {
	const signing = openSigning();
	setSigning(signing, policy('10 min'), start);
	noteSigned(signing, [valueAt(start)], start);
	const later = valueAt(start + seconds(10));
	noteSigned(signing, [later], start + seconds(10));
	assert.equal(noteSigned(signing, [await checkpointOver([later])], start + seconds(30)), seconds(30));
	assert.equal(signing.unsigned.size, 0);
});

test('after a restart a checkpoint is compared with what is stored', async () => {
	const signing = openSigning();
	setSigning(signing, policy('10 min'), start);
	const rows = [1, 2].map((step) => valueAt(start + step));
	const { payload } = await checkpointOver(rows);
	assert.deepEqual(unknownTo(signing, payload), [start + 1, start + 2]);
	const stored = new Map(rows.map((row) => [row.identity, row.payload]));
	assert.equal(judgeCheckpoint(signing, payload, stored, nothing), null);
	assert.equal(judgeCheckpoint(signing, payload, empty, nothing)?.code, 'checkpoint-mismatch');
	stored.set(start + 1, valueAt(start + 9).payload);
	assert.equal(judgeCheckpoint(signing, payload, stored, nothing)?.code, 'checkpoint-mismatch');
	assert.equal(judgeCheckpoint(signing, payload, empty, start + 2), null);
});

test('a policy that asks each reading signed by itself takes none that is not; one that asks nothing takes all', () => {
	const signing = openSigning();
	setSigning(signing, policy('each reading'), start);
	assert.equal(judgeUnsigned(signing, start)?.code, 'reading-unsigned');
	setSigning(signing, parsePolicy(hallPolicy), start);
	noteSigned(signing, [valueAt(start)], start);
	assert.deepEqual([signing.unsigned.size, judgeUnsigned(signing, start + minutes(60))], [0, null]);
	// Of a sealed stream there is always somebody who signs.
	noteSigned(
		signing,
		[{ identity: sequenceIdentity(1, 1), type: contentType['cose-encrypt0'], payload: new Uint8Array() }],
		start,
	);
	assert.equal(signing.unsigned.size, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cbor, decodeCbor, encodeCbor, isMap, Tagged } from '../format/cose/cbor.ts';
import { encryptContent, encryptionContext, encryptValue } from '../format/cose/encrypt.ts';
import { algorithm, header, makeHeaders } from '../format/cose/header.ts';
import { signSign1 } from '../format/cose/sign1.ts';
import type { ErrorCode } from '../problem/code.ts';
import { Problem } from '../problem/problem.ts';
import { commitmentOf } from './content-key.ts';
import {
	digestOf,
	isSignedCheckpoint,
	isSignedEpoch,
	isSignedReading,
	openEpoch,
	openReading,
	readEpoch,
	readSealedItem,
	readSealedMessage,
	sealReading,
	signReading,
	signSealCheckpoint,
	type EpochKeys,
} from './index.ts';
import { sealClassical } from './classical-recipient.ts';
import { now, testAgreementKey, testEntropy, testStream } from './seal.fixture.ts';

// Issue 13, "Bad input": each is refused by name, and none by an error of another kind.

const stream = testStream();
const { signer, reader, content } = stream;
const own = [signer.publicKey];
const { message: epoch, hash, keys } = await stream.seal();
const reading = sealReading(keys, 300, Uint8Array.of(1, 2, 3));
const signedReading = await signReading(reading, hash, signer);
const checkpoint = await signSealCheckpoint(
	{
		epoch: content.number,
		epochHash: hash,
		first: 300,
		sequence: 301,
		digest: digestOf([hash]),
		previous: null,
		boot: content.boot,
		uptime: 1,
		time: now,
	},
	signer,
);
const all = { epoch, reading, signedReading, checkpoint };

/** The code that reading it is refused with; null where it is read. */
const refusal = (bytes: Uint8Array): ErrorCode | null => {
	try {
		readSealedItem(bytes);
		return null;
	} catch (problem) {
		assert(problem instanceof Problem, String(problem));
		return problem.code;
	}
};

/** Whether what is read is believed: its signature is the device's, and it opens. */
const isBelieved = async (bytes: Uint8Array, opener: EpochKeys = keys): Promise<boolean> => {
	try {
		const item = readSealedItem(bytes);
		if (item.kind === 'epoch') {
			await openEpoch(item.received, { agreement: reader });
			return isSignedEpoch(item.received, own);
		}
		if (item.kind === 'checkpoint') return isSignedCheckpoint(item.received, own);
		openReading(opener, item.kind === 'reading' ? item.received : item.received.reading);
		return item.kind === 'reading' || isSignedReading(item.received, opener.epochHash, own);
	} catch (problem) {
		assert(problem instanceof Problem, String(problem));
		assert.ok(
			['seal-malformed', 'epoch-malformed', 'epoch-recipients', 'seal-suite', 'reading-forged'].includes(problem.code),
		);
		return false;
	}
};

test('what is whole is believed', async () => {
	for (const [name, bytes] of Object.entries(all)) assert.equal(await isBelieved(bytes), true, name);
});

test('cut short at every place, it is malformed', () => {
	for (const bytes of Object.values(all)) {
		for (let length = 0; length < bytes.length; length++)
			assert.equal(refusal(bytes.subarray(0, length)), 'seal-malformed');
	}
	const message = Buffer.concat([epoch, reading]);
	for (let length = epoch.length + 1; length < message.length; length++) {
		assert.throws(() => readSealedMessage(message.subarray(0, length)), { code: 'seal-malformed' });
	}
});

test('with bytes after its end, it is malformed', () => {
	for (const bytes of Object.values(all))
		assert.equal(refusal(Buffer.concat([bytes, Uint8Array.of(0)])), 'seal-malformed');
});

test('with any one bit changed, nothing is believed', async () => {
	for (const [name, bytes] of Object.entries(all)) {
		for (let at = 0; at < bytes.length; at++) {
			for (const bit of name === 'epoch' ? [1 << (at % 8)] : [1, 2, 4, 8, 16, 32, 64, 128]) {
				const changed = Uint8Array.from(bytes);
				changed[at] = (changed[at] ?? 0) ^ bit;
				assert.equal(await isBelieved(changed), false, `${name} at ${at}`);
			}
		}
	}
});

/** The items of a message, changed, and written in the same deterministic form again. */
const changed = (bytes: Uint8Array, change: (parts: Cbor[]) => void): Uint8Array => {
	const value = decodeCbor(bytes);
	const parts = [...((value instanceof Tagged ? value.value : value) as readonly Cbor[])];
	change(parts);
	return encodeCbor(value instanceof Tagged ? new Tagged(value.tag, parts) : parts);
};

test('headers that are moved, added or unknown are refused, covered or not', () => {
	const moves: readonly ((parts: Cbor[]) => void)[] = [
		// The algorithm moved where nobody covers it.
		(parts) => {
			parts[1] = new Map([...(parts[1] as ReadonlyMap<number, Cbor>), [header.alg, algorithm.A256GCM]]);
			parts[0] = new Uint8Array();
		},
		(parts) => (parts[1] = new Map([...(parts[1] as ReadonlyMap<number, Cbor>), [header.contentType, 0]])),
		(parts) => (parts[1] = new Map([...(parts[1] as ReadonlyMap<number, Cbor>), [header.crit, [99]]])),
		// What is in neither bucket of ours, and said to be critical.
		(parts) => {
			const covered = decodeCbor(parts[0] as Uint8Array);
			assert(isMap(covered));
			parts[0] = encodeCbor(new Map<number | string, Cbor>([...covered, [header.crit, [99]], [99, 1]]));
		},
		(parts) => {
			const covered = decodeCbor(parts[0] as Uint8Array);
			assert(isMap(covered));
			parts[0] = encodeCbor(new Map<number | string, Cbor>([...covered, ['a', 1]]));
		},
		// In both buckets, with two values.
		(parts) => (parts[1] = new Map([...(parts[1] as ReadonlyMap<number, Cbor>), [header.alg, 1]])),
		// An empty map is an empty string (RFC 9052 §3).
		(parts) => (parts[0] = Uint8Array.of(0xa0)),
	];
	for (const [name, bytes] of Object.entries(all)) {
		for (const [i, move] of moves.entries()) {
			assert.match(String(refusal(changed(bytes, move))), /^(?:seal|epoch)-malformed$/, `${name}, move ${i}`);
		}
	}
	const kidCovered = changed(reading, (parts) => {
		parts[0] = encodeCbor(
			new Map<number, Cbor>([
				[header.alg, 3],
				[header.kid, Uint8Array.of(7)],
			]),
		);
		parts[1] = new Map([[header.partialIv, Uint8Array.of(1)]]);
	});
	assert.equal(refusal(kidCovered), 'seal-malformed');
});

test('numbers are in their one form', () => {
	const withHeaders = (kid: number[], partialIv: number[]): Uint8Array =>
		changed(reading, (parts) => {
			parts[1] = new Map([
				[header.kid, Uint8Array.from(kid)],
				[header.partialIv, Uint8Array.from(partialIv)],
			]);
		});
	assert.equal(refusal(withHeaders([7], [1, 44])), null);
	for (const [kid, partialIv] of [
		[[], [1]],
		[[7], []],
		[[0, 7], [1]],
		[[7], [0, 1]],
		[[7], [0]],
		[[7], [16, 0, 0]],
		[[1, 0, 0, 0, 0], [1]],
	] as const) {
		assert.equal(refusal(withHeaders([...kid], [...partialIv])), 'seal-malformed');
	}
});

test('CBOR that is not deterministic is refused', () => {
	const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
	for (const [text, why] of [
		['18 01', 'a longer number'],
		['19 00ff', 'a longer number'],
		['1a 0000ffff', 'a longer number'],
		['1b 00000000ffffffff', 'a longer number'],
		['1b 0020000000000000', 'beyond 2^53'],
		['3b 001fffffffffffff', 'beyond 2^53'],
		['58 01 00', 'a longer length'],
		['5f 41 00 ff', 'indefinite bytes'],
		['7f 61 61 ff', 'indefinite text'],
		['9f 01 ff', 'an indefinite array'],
		['bf 01 02 ff', 'an indefinite map'],
		['a2 02 00 01 00', 'keys not sorted'],
		['a2 01 00 01 00', 'a key twice'],
		['a2 20 00 01 00', 'keys not sorted by their bytes'],
		['a1 40 00', 'a key that is bytes'],
		['a1 f6 00', 'a key that is null'],
		['f9 3c00', 'a float'],
		['fb 3ff0000000000000', 'a float'],
		['f7', 'undefined'],
		['f8 20', 'another simple value'],
		['ff', 'a break'],
		['1c', 'a reserved head'],
		['c1 c1 01', 'a tag in a tag'],
		['d9 0012 01', 'a longer tag'],
		['62 c328', 'no UTF-8'],
		['9b 0000000100000000', 'a length without an end'],
		['81'.repeat(40) + '01', 'nested too deep'],
		['d2 d2 84 40 a0 40 40', 'a signature in a signature'],
	] as const) {
		assert.throws(() => decodeCbor(hex(text)), { code: 'seal-malformed' }, why);
	}
	for (const text of [
		'00',
		'17',
		'1818',
		'20',
		'3901f3',
		'40',
		'60',
		'80',
		'a0',
		'f4',
		'f5',
		'f6',
		'a2 01 00 20 00',
		'd2 01',
	]) {
		assert.deepEqual(encodeCbor(decodeCbor(hex(text))), hex(text));
	}
});

test('what is tagged as another message, or not at all, is refused', () => {
	for (const tag of [16, 17, 61, 96, 97, 98, 55_799]) {
		for (const bytes of Object.values(all)) {
			const value = decodeCbor(bytes);
			assert.equal(
				refusal(encodeCbor(new Tagged(tag, value instanceof Tagged ? value.value : value))),
				'seal-malformed',
			);
		}
	}
	const untagged = decodeCbor(epoch);
	assert(untagged instanceof Tagged);
	assert.equal(refusal(encodeCbor(untagged.value)), 'seal-malformed');
});

test('more items than a message may have are refused before they are read', () => {
	const many = Buffer.concat(Array.from({ length: 1025 }, () => reading));
	assert.throws(() => readSealedMessage(many), { code: 'seal-malformed' });
	assert.equal(readSealedMessage(many.subarray(0, 1024 * reading.length)).length, 1024);
});

test('a reading opens in its own epoch and place alone', async () => {
	const next = await stream.seal({ number: 8, previous: { hash, numbers: 301 } });
	assert.equal(await isBelieved(reading, next.keys), false);
	// The next epoch's keys under this epoch's number, or this one's keys for another's hash.
	assert.equal(await isBelieved(reading, { ...next.keys, epoch: 7 }), false);
	assert.equal(await isBelieved(reading, { ...keys, epochHash: next.hash }), false);
	const moved = changed(reading, (parts) => {
		parts[1] = new Map([
			[header.kid, Uint8Array.of(7)],
			[header.partialIv, Uint8Array.of(1, 45)],
		]);
	});
	assert.equal(await isBelieved(moved), false);
});

/** An epoch that is signed by the device, with whatever is in it. */
const crafted = async (change: (fields: Cbor[], encrypted: Cbor[]) => void): Promise<Uint8Array> => {
	const { signed } = readEpoch(epoch);
	const fields = [...(decodeCbor(signed.payload) as readonly Cbor[])];
	const encrypted = [...(fields[10] as readonly Cbor[])];
	fields[10] = encrypted;
	change(fields, encrypted);
	return signSign1(encodeCbor(fields), signer);
};

test('an epoch with a field of another kind is refused, though its device signed it', async () => {
	const ways: readonly [ErrorCode, (fields: Cbor[], encrypted: Cbor[]) => void][] = [
		['seal-malformed', (fields) => (fields[0] = 'keyward-epoch-2')],
		['epoch-malformed', (fields) => (fields[1] = 'Hall')],
		['epoch-malformed', (fields) => (fields[2] = 'a/b')],
		['epoch-malformed', (fields) => (fields[3] = null)],
		['epoch-malformed', (fields) => (fields[4] = 2 ** 32)],
		['epoch-malformed', (fields) => (fields[4] = -1)],
		['epoch-malformed', (fields) => (fields[5] = 'boot')],
		['epoch-malformed', (fields) => (fields[6] = new Uint8Array(31))],
		['epoch-malformed', (fields) => (fields[7] = 0)],
		['epoch-malformed', (fields) => (fields[7] = [hash])],
		['epoch-malformed', (fields) => (fields[7] = [hash, 0])],
		['epoch-malformed', (fields) => (fields[7] = [hash, 2 ** 20 + 1])],
		['seal-suite', (fields) => (fields[8] = 3)],
		['epoch-malformed', (fields) => (fields[9] = new Uint8Array(8))],
		['epoch-malformed', (fields) => fields.push(1)],
		['epoch-malformed', (fields) => fields.pop()],
		['seal-malformed', (fields) => (fields[10] = 1)],
		// Named hybrid, sealed classically.
		['epoch-malformed', (fields) => (fields[8] = 2)],
		['epoch-malformed', (_, encrypted) => (encrypted[0] = encodeCbor(new Map([[header.alg, algorithm.A128GCM]])))],
		['epoch-malformed', (_, encrypted) => (encrypted[1] = new Map([[header.iv, new Uint8Array(11)]]))],
		['epoch-malformed', (_, encrypted) => (encrypted[2] = new Uint8Array(47))],
		['seal-malformed', (_, encrypted) => (encrypted[3] = [])],
		[
			'epoch-malformed',
			(_, encrypted) => (encrypted[3] = [...(encrypted[3] as readonly Cbor[]), ...(encrypted[3] as readonly Cbor[])]),
		],
		[
			'epoch-malformed',
			(_, encrypted) => (encrypted[3] = Array.from({ length: 65 }, () => (encrypted[3] as readonly Cbor[])[0] ?? null)),
		],
	];
	for (const [code, change] of ways) assert.equal(refusal(await crafted(change)), code);
});

test('a key that is no point of the curve is refused before any private key is used', async () => {
	const bytes = await crafted((_, encrypted) => {
		const [recipient] = encrypted[3] as readonly (readonly Cbor[])[];
		const [first, second, wrapped] = recipient ?? [];
		const headers = new Map(second as ReadonlyMap<number, Cbor>);
		const point = new Map(headers.get(header.ephemeralKey) as ReadonlyMap<number, Cbor>);
		point.set(-3, new Uint8Array(32).fill(1));
		headers.set(header.ephemeralKey, point);
		encrypted[3] = [[first ?? null, headers, wrapped ?? null]];
	});
	const watched = { ...reader, agree: () => assert.fail('the private key was used') };
	await assert.rejects(openEpoch(readEpoch(bytes), { agreement: watched }), { code: 'seal-malformed' });
});

test('an epoch whose key is not the one that it committed to opens for nobody', async () => {
	const committed = commitmentOf(testEntropy.bytes(32));
	const cek = testEntropy.bytes(32);
	const bytes = await crafted((fields, encrypted) => {
		fields[9] = committed;
		const headers = makeHeaders(new Map([[header.alg, algorithm.A256GCM]]), new Map([[header.iv, new Uint8Array(12)]]));
		const aad = encryptionContext('Encrypt', headers, encodeCbor(fields.slice(0, 10)));
		const cipher = { algorithm: algorithm.A256GCM, key: cek, iv: new Uint8Array(12), aad };
		const sealed = encryptContent(testEntropy.bytes(32), cipher);
		encrypted.splice(0, 4, headers.protectedBytes, headers.unprotected, sealed, encrypted[3] ?? null);
	});
	const recipient = await sealClassical(cek, reader.publicKey, async () => testAgreementKey());
	const { signed, encrypted } = readEpoch(bytes);
	const fields = [...(decodeCbor(signed.payload) as readonly Cbor[])];
	fields[10] = encryptValue({ ...encrypted, recipients: [recipient] });
	const made = readEpoch(await signSign1(encodeCbor(fields), signer));
	await assert.rejects(openEpoch(made, { agreement: reader }), /it committed to another key/);
});

test('a checkpoint with a field of another kind is refused, though its device signed it', async () => {
	const item = readSealedItem(checkpoint);
	assert(item.kind === 'checkpoint');
	const fields = decodeCbor(item.received.signed.payload) as readonly Cbor[];
	const ways: readonly [number, Cbor][] = [
		[1, 2 ** 32],
		[2, new Uint8Array(16)],
		[3, 0],
		[3, 302],
		[3, 236],
		[4, 2 ** 20],
		[5, [new Uint8Array(32)]],
		[6, new Uint8Array(0)],
		[7, 1],
		[8, -1],
		[9, 'now'],
	];
	for (const [at, value] of ways) {
		const bytes = await signSign1(encodeCbor(fields.with(at, value)), signer);
		assert.equal(refusal(bytes), 'seal-malformed', `${at}`);
	}
	assert.equal(refusal(await signSign1(encodeCbor([...fields, 1]), signer)), 'seal-malformed');
});

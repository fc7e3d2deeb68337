import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { folderForTests, found, hex } from './scan.fixture.ts';

// Maps in binary forms: CBOR, MessagePack, BSON, Apple's property lists.

const { path, write } = folderForTests();
const K = randomBytes(16);
const L = randomBytes(16);

type Item = string | Buffer | readonly Item[] | { readonly [name: string]: Item };
const isList = (item: Item): item is readonly Item[] => Array.isArray(item);

/** `head` begins a thing of a kind and a length. */
const packed = (item: Item, head: (kind: 'text' | 'bytes' | 'list' | 'map', length: number) => Buffer): Buffer => {
	if (typeof item === 'string') return Buffer.concat([head('text', item.length), Buffer.from(item)]);
	if (Buffer.isBuffer(item)) return Buffer.concat([head('bytes', item.length), item]);
	if (isList(item)) return Buffer.concat([head('list', item.length), ...item.map((one) => packed(one, head))]);
	const pairs = Object.entries(item).flatMap(([name, value]) => [packed(name, head), packed(value, head)]);
	return Buffer.concat([head('map', pairs.length / 2), ...pairs]);
};
const cbor = (item: Item): Buffer =>
	packed(item, (kind, length) => {
		const major = { bytes: 2, text: 3, list: 4, map: 5 }[kind] << 5;
		return Buffer.from(length < 24 ? [major | length] : [major | 24, length]);
	});
const messagePack = (item: Item): Buffer =>
	packed(item, (kind, length) => {
		if (kind === 'bytes') return Buffer.from([0xc4, length]);
		if (kind === 'text') return Buffer.from(length < 32 ? [0xa0 | length] : [0xd9, length]);
		return Buffer.from([(kind === 'list' ? 0x90 : 0x80) | length]);
	});
const int32 = (number: number): Buffer => {
	const bytes = Buffer.alloc(4);
	bytes.writeInt32LE(number);
	return bytes;
};
const bson = (document: Readonly<Record<string, string | Buffer>>): Buffer => {
	const fields = Object.entries(document).map(([name, value]) => {
		const text = Buffer.from(`${name}\0`);
		if (typeof value !== 'string')
			return Buffer.concat([Buffer.from([5]), text, int32(value.length), Buffer.of(0), value]);
		return Buffer.concat([Buffer.of(2), text, int32(value.length + 1), Buffer.from(`${value}\0`)]);
	});
	const all = Buffer.concat([...fields, Buffer.of(0)]);
	return Buffer.concat([int32(all.length + 4), all]);
};
/** Objects by their numbers, one octet each. */
const propertyList = (objects: readonly Buffer[]): Buffer => {
	const head = Buffer.from('bplist00');
	const offsets = objects.map((_, index) => 8 + Buffer.concat(objects.slice(0, index)).length);
	const trailer = Buffer.alloc(32);
	trailer.set([1, 1], 6);
	trailer.writeBigUInt64BE(BigInt(objects.length), 8);
	trailer.writeBigUInt64BE(BigInt(8 + Buffer.concat(objects).length), 24);
	return Buffer.concat([head, ...objects, Buffer.from(offsets), trailer]);
};
const plistText = (text: string): Buffer => Buffer.concat([Buffer.of(0x50 | text.length), Buffer.from(text)]);
const plistBytes = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(0x4f, 0x10, bytes.length), bytes]);

const holders = async (bytes: Uint8Array) => {
	write('maps', bytes);
	const { psks, problems } = await found(path('maps'));
	assert.deepEqual(problems, []);
	return psks.map(({ device, secret }) => [device, hex(secret)]);
};
const devices: readonly Record<string, string | Buffer>[] = [
	{ name: 'oven-1', psk: K },
	{ name: 'oven-2', psk: L.toString('hex') },
];
const wanted = [
	['oven-1', hex(K)],
	['oven-2', hex(L)],
];

test('devices in CBOR, MessagePack, BSON and property lists', async () => {
	for (const bytes of [
		cbor({ devices }),
		cbor(devices),
		Buffer.concat(devices.map(cbor)),
		messagePack({ devices }),
		Buffer.concat(devices.map(messagePack)),
		Buffer.concat(devices.map(bson)),
	])
		assert.deepEqual(await holders(bytes), wanted);
	const [array, one, other] = [Buffer.of(0xa2, 1, 2), Buffer.of(0xd2, 3, 4, 5, 6), Buffer.of(0xd2, 3, 4, 7, 6)];
	const texts = ['name', 'psk', 'oven-1'].map(plistText);
	const list = [array, one, other, ...texts, plistBytes(K), plistText('oven-2')];
	assert.deepEqual(await holders(propertyList(list)), [
		['oven-1', hex(K)],
		['oven-2', hex(K)],
	]);
});

test('bytes that only begin so are read as any are', async () => {
	const settings = Buffer.from(`\nPSK_PUMP1=${hex(K)}\n`);
	// In hex: octets at random are now and then letters of an encoding.
	const written = [{ name: 'oven-1', psk: hex(K) }, ...devices.slice(1)];
	const begun = [cbor, messagePack].map((encode) => encode({ devices: written }));
	for (const start of [...begun, bson(devices[0] ?? {}), Buffer.from('bplist00')])
		assert.deepEqual((await holders(Buffer.concat([start, settings]))).at(-1), ['pump1', hex(K)]);
	// An object that lies in itself, and lengths beyond the end.
	assert.deepEqual(await holders(propertyList([Buffer.of(0xa2, 0, 0)])), []);
	assert.deepEqual(await holders(Buffer.from('a1646e616d659bffffffffffffffff', 'hex')), []);
});

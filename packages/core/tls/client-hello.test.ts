import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { createHelloReader } from './client-hello.ts';
import { tlsProfile } from './profile.ts';

const readClientHello = (bytes: Buffer): string | null => createHelloReader()(bytes)?.profile ?? null;

/** What Node says first with these options. */
const helloOf = async (options: ConnectionOptions): Promise<Buffer> => {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const client = connect({ host: '127.0.0.1', port, ...options }).on('error', () => undefined);
	const [socket] = (await once(server, 'connection')) as [AsyncIterable<Buffer>];
	const parts: Buffer[] = [];
	for await (const part of socket) {
		parts.push(part);
		if (readClientHello(Buffer.concat(parts)) !== null) break;
	}
	client.destroy();
	server.close();
	return Buffer.concat(parts);
};

const ours = tlsProfile('tls1.3');
const record = (bytes: Buffer): Buffer =>
	Buffer.concat([Buffer.of(22, 3, 1, bytes.length >> 8, bytes.length & 255), bytes]);

test('a client has one profile, whatever name it dialled and whatever groups it has to offer, and another one with other offers', async () => {
	const first = readClientHello(await helloOf({ ...ours, servername: 'localhost' }));
	assert.match(first ?? '', /^[0-9a-f]{64}$/);
	assert.equal(readClientHello(await helloOf({ ...ours, servername: 'site.example' })), first);
	// Asked by the site, and no other software.
	assert.equal(readClientHello(await helloOf({ ...tlsProfile('tls1.3-pq'), servername: 'localhost' })), first);
	for (const other of [
		{},
		{ ...ours, sigalgs: 'ecdsa_secp256r1_sha256' },
		{ ...ours, ALPNProtocols: ['mqtt'] },
		{ ...ours, ciphers: 'TLS_AES_128_GCM_SHA256' },
	])
		assert.notEqual(readClientHello(await helloOf({ servername: 'localhost', ...other })), first);
});

test('a hello that comes in pieces, of segments or of records, is the same', async () => {
	const hello = await helloOf({ ...ours, servername: 'localhost' });
	const whole = readClientHello(hello);
	for (const length of [0, 1, 5, 6, 9, hello.length - 1])
		assert.equal(readClientHello(hello.subarray(0, length)), null);
	const body = hello.subarray(5);
	assert.equal(readClientHello(Buffer.concat([record(body.subarray(0, 3)), record(body.subarray(3))])), whole);
	// RFC 8701: a value drawn by lot in the list of suites.
	const at = 5 + 4 + 34 + 1 + (hello[5 + 4 + 34] ?? 0);
	const greased = Buffer.concat([hello.subarray(5, at + 2), Buffer.of(0x3a, 0x3a), hello.subarray(at + 2)]);
	greased.writeUIntBE(greased.length - 4, 1, 3);
	greased.writeUInt16BE(hello.readUInt16BE(at) + 2, at - 5);
	assert.equal(readClientHello(record(greased)), whole);
});

test('a hello ends where it ends, whatever came behind it, and in the middle of a record', async () => {
	const hello = await helloOf({ ...ours, servername: 'localhost' });
	const said = createHelloReader()(hello);
	assert.equal(said?.length, hello.length);
	const certificate = Buffer.of(11, 0, 0, 3, 0, 0, 0);
	for (const bytes of [
		Buffer.concat([hello, record(certificate)]),
		Buffer.concat([hello, Buffer.of(20, 3, 3, 0, 1, 1)]),
		record(Buffer.concat([hello.subarray(5), certificate])),
	])
		assert.deepEqual(createHelloReader()(bytes), said);
	const torn = Buffer.concat([record(hello.subarray(5, 8)), record(Buffer.concat([hello.subarray(8), certificate]))]);
	assert.deepEqual(createHelloReader()(torn), { ...said, length: hello.length + 5 });
	// A byte at a time, each in its own record.
	const read = createHelloReader();
	const bytes = Buffer.concat(Array.from(hello.subarray(5), (byte) => record(Buffer.of(byte))));
	for (let length = 1; length < bytes.length; length++) assert.equal(read(bytes.subarray(0, length)), null);
	assert.deepEqual(read(bytes), { ...said, length: bytes.length });
});

test('what was read before changes nothing of what is read next', async () => {
	const hello = await helloOf({ ...ours, servername: 'localhost' });
	const others = Array.from(hello, (byte, at) => {
		const copy = Buffer.from(hello);
		copy[at] = byte ^ 1;
		return copy;
	}).filter((copy) => readClientHello(copy) !== null);
	const forth = others.map(readClientHello);
	// More than are remembered: ALPN of other names.
	for (let index = 0; index < 300; index++) {
		const more = Buffer.concat([hello.subarray(5), Buffer.of(0, 16, 0, 5, 0, 3, 2, index >> 8, index & 255)]);
		more.writeUIntBE(more.length - 4, 1, 3);
		const extensions = 4 + 34 + 1 + 32 + 2 + more.readUInt16BE(4 + 34 + 1 + 32) + 2;
		more.writeUInt16BE(more.length - extensions - 2, extensions);
		assert.match(readClientHello(record(more)) ?? '', /^[0-9a-f]{64}$/);
	}
	const back = others.toReversed().map(readClientHello);
	assert.deepEqual(back.toReversed(), forth);
	assert.ok(new Set(forth).size > 20, 'most of what tells is told apart');
});

test('what is no hello, or a broken one, has one profile for all of it', async () => {
	const hello = await helloOf({ ...ours, servername: 'localhost' });
	const changed = (at: number, value: number): Buffer => {
		const copy = Buffer.from(hello);
		copy[at] = value;
		return copy;
	};
	const long = Buffer.concat([Buffer.of(22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff), Buffer.alloc(16_384)]);
	for (const bytes of [
		Buffer.from('GET / HTTP/1.1\r\n\r\n'),
		Buffer.of(22, 3, 1, 0, 0),
		changed(5, 2),
		changed(5 + 4 + 34, 255),
		changed(5 + 4 + 34 + 1 + 32, 255),
		long,
	])
		assert.deepEqual(createHelloReader()(bytes), { profile: 'unreadable', length: 0 });
});

import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect as connectPlain, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { connect, type ConnectionOptions, createServer, type TLSSocket } from 'node:tls';
import type { LinkStep } from '@keyward/core/authorize';
import { tlsProfile } from '@keyward/core/tls';
import { certificateMessage, firstFlight, openRecordClient } from '@keyward/testing/service/records';
import { TestCa } from '../http/openssl.fixture.ts';
import { openTlsListener } from './listener.ts';

interface Entered {
	readonly authorized: boolean;
	readonly why: string;
	readonly hello: string;
}

const open = async (
	t: TestContext,
	serve: (socket: TLSSocket) => void = (socket) => void socket.resume(),
	floor: LinkStep = 'tls1.3',
) => {
	const ca = new TestCa('site');
	t.after(() => ca[Symbol.dispose]());
	const [service, device] = [ca.issue('service', 'serverAuth'), ca.issue('device', 'clientAuth')];
	const server = createServer({ ...service, ca: ca.certificate, ...tlsProfile(floor), pauseOnConnect: true });
	const raws: Socket[] = [];
	const entered: Entered[] = [];
	const failed: string[] = [];
	let [tooLarge, tooOften] = [0, 0];
	const listener = openTlsListener({
		...{ server, patience: 10_000, protocols: ['http/1.1'] },
		enter: (socket, _below, hello) => {
			entered.push({ authorized: socket.authorized, why: String(socket.authorizationError), hello });
			serve(socket);
			return socket.authorized ? 'ab' : null;
		},
		failed: ({ code = '' }) => void failed.push(code),
		tooSlow: () => assert.fail('nobody is slow here'),
		tooLarge: () => void tooLarge++,
		tooOften: () => void tooOften++,
	});
	server.on('connection', (raw: Socket) => raws.push(raw));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		listener.close();
		for (const raw of raws) raw.destroy();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return {
		...{ ca, device, raws, entered, failed, listener, port },
		get tooLarge() {
			return tooLarge;
		},
		get tooOften() {
			return tooOften;
		},
		dial: (options: ConnectionOptions = {}): TLSSocket => {
			const socket = connect({ host: '127.0.0.1', port, ca: ca.certificate, ...options });
			socket.on('error', () => {});
			t.after(() => socket.destroy());
			return socket;
		},
	};
};

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.once('close', () => resolve()));
const at = (sockets: readonly Socket[], index: number): Socket => {
	const socket = sockets[index];
	assert.ok(socket !== undefined);
	return socket;
};
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('who proves a certificate of the site is authorized, and nobody else', async (t) => {
	const { device, entered, dial } = await open(t, (socket) => void socket.end('in'));
	const other = new TestCa('site');
	t.after(() => other[Symbol.dispose]());
	const forged = other.issue('device', 'clientAuth');
	for (const identity of [device, forged, {}]) {
		const socket = dial({ ...identity, ALPNProtocols: ['http/1.1'] });
		const over = closed(socket);
		const [said] = (await once(socket, 'data')) as [Buffer];
		assert.deepEqual([String(said), socket.alpnProtocol], ['in', 'http/1.1']);
		await over;
	}
	assert.deepEqual(
		entered.map(({ authorized }) => authorized),
		[true, false, false],
	);
	assert.match(entered[1]?.why ?? '', /SIGNATURE|ISSUER/);
	assert.match(entered[0]?.hello ?? '', /^[0-9a-f]{16,}$/);
});

test('what comes right behind the handshake is read whole, and answered whole to who has ended their side', async (t) => {
	const { device, dial } = await open(t, (socket) => {
		const parts: Buffer[] = [];
		socket.on('data', (part: Buffer) => void parts.push(part));
		socket.on('end', () => void socket.end(Buffer.concat([...parts, ...parts])));
	});
	const body = randomBytes(2_000_000);
	const socket = dial(device);
	// Sent as soon as it may be, in the same breath as the end of the handshake; more than the kernel holds for a peer that does not read.
	socket.end(body);
	const said: Buffer[] = [];
	for await (const part of socket) said.push(part as Buffer);
	assert.deepEqual(hash('sha256', Buffer.concat(said)), hash('sha256', Buffer.concat([body, body])));
});

test('certificates that go on and on end the connection, before they are whole', async (t) => {
	const peer = await open(t);
	const { ca, device, entered, dial } = peer;
	const more = Array.from({ length: 40 }, () => ca.certificate);
	const socket = dial({ ...device, cert: [device.cert, ...more].join('\n') });
	await closed(socket.resume());
	assert.deepEqual([peer.tooLarge, entered.length], [1, 0]);
	// As many as anybody needs are no fault.
	const few = dial({ ...device, cert: [device.cert, ca.certificate, ca.certificate].join('\n') });
	await once(few, 'secureConnect');
	while (entered.length === 0) await turn();
	assert.equal(entered[0]?.authorized, true);
});

test('certificates that come in the same breath as a ClientHello of TLS 1.2 are counted as others are', async (t) => {
	const peer = await open(t, undefined, 'tls1.2-aead');
	const hello = await firstFlight({ maxVersion: 'TLSv1.2' });
	for (const [count, large] of [
		[1, 0],
		[40, 1],
	] as const) {
		const socket = connectPlain({ host: '127.0.0.1', port: peer.port });
		socket.on('error', () => {});
		const over = closed(socket.resume());
		// What follows them is missing: who has seen the few waits for it.
		socket.write(
			Buffer.concat([hello, certificateMessage(peer.ca.certificate.repeat(count)), Buffer.of(21, 3, 3, 0, 2, 2, 40)]),
		);
		await over;
		assert.equal(peer.tooLarge, large);
	}
});

test('a client that renews the keys of its connection again and again is ended; one that does so now and then is not', async (t) => {
	const heard: string[] = [];
	const peer = await open(t, (socket) => void socket.on('data', (part) => heard.push(String(part))));
	const client = await openRecordClient({ after: (end) => t.after(end) }, peer.port, {
		...peer.device,
		ca: peer.ca.certificate,
	});
	const some = Array.from({ length: 4 }, () => client.keyUpdate());
	client.socket.write(Buffer.concat([...some, client.record('application', Buffer.from('well'))]));
	while (heard.length === 0) await turn();
	assert.deepEqual([heard, peer.tooOften], [['well'], 0]);
	const over = closed(client.socket);
	client.socket.write(Buffer.concat(Array.from({ length: 8 }, () => client.keyUpdate())));
	await over;
	assert.equal(peer.tooOften, 1);
});

test('a connection that is reset is closed here; so is one whose handshake fails', async (t) => {
	const { device, raws, entered, failed, port, dial } = await open(t);
	const below = connectPlain({ host: '127.0.0.1', port });
	below.on('error', () => {});
	await once(below, 'connect');
	const up = dial({ ...device, socket: below });
	await once(up, 'secureConnect');
	while (entered.length < 1) await turn();
	const gone = closed(at(raws, 0));
	below.resetAndDestroy();
	await gone;
	const weak = dial({ ...device, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
	await closed(weak);
	assert.deepEqual(failed, ['ERR_SSL_UNSUPPORTED_PROTOCOL']);
	while (!raws.every(({ destroyed }) => destroyed)) await turn();
});

test('a listener that closes ends connections whose handshake is not over', async (t) => {
	const { raws, listener, port } = await open(t);
	const socket = connectPlain({ host: '127.0.0.1', port });
	socket.on('error', () => {});
	await once(socket, 'connect');
	while (raws.length < 1) await turn();
	listener.close();
	await closed(socket.resume());
});

test('a connection keeps nothing of its handshake: who waited for its end or its close has been let go', async (t) => {
	const entered = Promise.withResolvers<TLSSocket>();
	const { device, raws, dial } = await open(t, entered.resolve);
	dial(device);
	const socket = await entered.promise;
	const counts = [at(raws, 0).listenerCount('close'), socket.listenerCount('_tlsError')];
	// One is of Node's own TLSSocket.
	assert.deepEqual(counts, [1, 0]);
});

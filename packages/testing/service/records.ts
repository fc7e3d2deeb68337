import { createCipheriv, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, type ConnectionOptions } from 'node:tls';
import type { Ends } from './wire.ts';

/** RFC 8446 §7.1: HKDF-Expand-Label without a context, of 32 octets or fewer. */
const expand = (secret: Buffer, label: string, length: number): Buffer => {
	const name = Buffer.from(`tls13 ${label}`);
	const info = Buffer.concat([Buffer.of(0, length, name.length), name, Buffer.of(0, 1)]);
	return createHmac('sha256', secret).update(info).digest().subarray(0, length);
};

/** A TLS 1.3 client that has ended its handshake: what it says from then on is made by hand. */
export interface RecordClient {
	/** Below TLS. */
	readonly socket: Socket;
	/** A record (RFC 8446 §5.2). The next one to be sent. */
	record(type: 'handshake' | 'application', content: Buffer): Buffer;
	/** A record with a KeyUpdate (RFC 8446 §4.6.3), after which others have new keys. */
	keyUpdate(): Buffer;
}

export const openRecordClient = async (t: Ends, port: number, options: ConnectionOptions): Promise<RecordClient> => {
	const socket = connectTcp({ host: '127.0.0.1', port });
	t.after(() => socket.destroy());
	socket.on('error', () => {});
	const between = new Duplex({
		read: () => {},
		write: (bytes: Buffer, _encoding, then) => void socket.write(bytes, () => then()),
	});
	const pass = (bytes: Buffer): void => void between.push(bytes);
	socket.on('data', pass);
	let secret: Buffer = Buffer.alloc(0);
	const suite = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' } as const;
	const client = connect({ servername: 'localhost', ...options, ...suite, socket: between });
	client.on('keylog', (line: Buffer) => {
		const [name, , value = ''] = line.toString().trim().split(' ');
		if (name === 'CLIENT_TRAFFIC_SECRET_0') secret = Buffer.from(value, 'hex');
	});
	await once(client, 'secureConnect');
	socket.off('data', pass).resume();

	let sequence = 0;
	const record: RecordClient['record'] = (type, content) => {
		const nonce = expand(secret, 'iv', 12);
		nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence++) >>> 0, 8);
		const length = content.length + 1 + 16;
		const head = Buffer.of(23, 3, 3, length >> 8, length & 255);
		const cipher = createCipheriv('aes-128-gcm', expand(secret, 'key', 16), nonce).setAAD(head);
		const inner = Buffer.concat([content, Buffer.of(type === 'handshake' ? 22 : 23)]);
		return Buffer.concat([head, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
	};
	return {
		...{ socket, record },
		keyUpdate: () => {
			// It asks for the other side's as well.
			const update = record('handshake', Buffer.of(24, 0, 0, 1, 1));
			secret = expand(secret, 'traffic upd', 32);
			sequence = 0;
			return update;
		},
	};
};

/** What Node says first to a server with these options. */
export const firstFlight = async (options: ConnectionOptions): Promise<Buffer> => {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const client = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options }).on('error', () => {});
	const [socket] = (await once(server, 'connection')) as [Socket];
	const [hello] = (await once(socket, 'data')) as [Buffer];
	client.destroy();
	server.close();
	return hello;
};

const vector = (bytes: Uint8Array): Buffer =>
	Buffer.concat([Buffer.of(bytes.length >> 16, (bytes.length >> 8) & 255, bytes.length & 255), bytes]);

/** The Certificate of TLS 1.2 (RFC 5246 §7.4.2) in records that nothing encrypts; `pem` has all certificates. */
export const certificateMessage = (pem: string): Buffer => {
	const ders = Array.from(pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----/g), ([, text = '']) =>
		vector(Buffer.from(text, 'base64')),
	);
	const message = Buffer.concat([Buffer.of(11), vector(vector(Buffer.concat(ders)))]);
	const records = Array.from({ length: Math.ceil(message.length / 16_384) }, (_, index) => {
		const part = message.subarray(index * 16_384, (index + 1) * 16_384);
		return Buffer.concat([Buffer.of(22, 3, 3, part.length >> 8, part.length & 255), part]);
	});
	return Buffer.concat(records);
};

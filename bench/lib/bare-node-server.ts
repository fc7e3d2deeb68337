import { createServer } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

// What Node itself costs: TLS 1.3 with certificates on both sides and the fewest lines of MQTT. One thread takes packets apart and
// answers CONNECT and each PUBLISH with QoS 1 at once. It checks nothing, stores nothing and asks nobody.

const [folder, port] = process.argv.slice(2);
if (folder === undefined || port === undefined) throw new Error('usage: bare-node-server.ts FOLDER PORT');

const connack = Buffer.from([0x20, 3, 0, 0, 0]);
const [connect, publish] = [1, 3];

/** Where the packet identifier of a PUBLISH with QoS 1 stands. */
const identifierAt = (bytes: Buffer, body: number): number => body + 2 + bytes.readUInt16BE(body);

const tls = createTlsServer(
	{
		cert: readFileSync(join(folder, 'server.pem')),
		key: readFileSync(join(folder, 'server.key')),
		ca: readFileSync(join(folder, 'ca.pem')),
		requestCert: true,
		rejectUnauthorized: true,
		minVersion: 'TLSv1.3',
	},
	(socket) => {
		let rest = Buffer.alloc(0);
		socket.setNoDelay(true);
		socket.on('error', () => socket.destroy());
		socket.on('data', (chunk: Buffer) => {
			const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
			const answers: number[] = [];
			let at = 0;
			while (bytes.length - at >= 2) {
				let [length, body, shift] = [0, at + 1, 1];
				for (;;) {
					const byte = bytes[body++] ?? 0;
					length += (byte & 0x7f) * shift;
					shift *= 128;
					if (byte < 0x80) break;
				}
				if (bytes.length < body + length) break;
				const type = (bytes[at] ?? 0) >> 4;
				if (type === connect) socket.write(connack);
				else if (type === publish) {
					const id = identifierAt(bytes, body);
					answers.push(0x40, 2, bytes[id] ?? 0, bytes[id + 1] ?? 0);
				}
				at = body + length;
			}
			rest = Buffer.from(bytes.subarray(at));
			if (answers.length > 0) socket.write(Buffer.from(answers));
		});
	},
);
createServer({ pauseOnConnect: true }, (socket) => tls.emit('connection', socket)).listen({
	port: Number(port),
	host: '127.0.0.1',
	backlog: 4096,
});

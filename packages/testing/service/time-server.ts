import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { randomBytes } from 'node:crypto';
import {
	authenticated,
	extensionField,
	fieldType,
	NTP_HEADER,
	NTS_ALPN,
	ntpReply,
	ntsExport,
	ntsRecordsAnswered,
	readExtensionFields,
} from '@keyward/core/time';

/** An NTS server (RFC 8915) on this machine, and plain NTP on the same UDP port. */
export interface TestTimeServer {
	/** As a site's options name it. */
	readonly nts: { authenticated: true; host: string; port: number; caFile: string };
	readonly ntp: { authenticated: false; host: string; port: number; caFile: null };
	/** Its clock is ahead of this machine's by so many milliseconds. */
	ahead: number;
	/** Somebody on the way, who does this to each answer. */
	onTheWay: (answer: Uint8Array) => Uint8Array;
	stop(): Promise<void>;
}

export const startTimeServer = async (): Promise<TestTimeServer> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-time-'));
	const caFile = join(folder, 'server.pem');
	const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
	const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
	execFileSync('openssl', [...words, ...names, '-keyout', 'server.key', '-out', caFile], {
		cwd: folder,
		stdio: 'pipe',
	});

	/** By cookie: the keys of a client. A server that kept no state would have them encrypted in the cookie. */
	const clients = new Map<string, { readonly toClient: Uint8Array }>();
	const udp = createSocket('udp4').bind(0, '127.0.0.1');
	await once(udp, 'listening');
	const sockets = new Set<TLSSocket>();
	const exchange = createServer({
		...{ cert: await readFile(caFile), key: await readFile(join(folder, 'server.key')) },
		...{ ALPNProtocols: [NTS_ALPN], minVersion: 'TLSv1.3' },
	}).listen(0, '127.0.0.1');
	await once(exchange, 'listening');
	exchange.on('secureConnection', (socket) => {
		sockets.add(socket);
		socket.on('error', () => {}).on('close', () => sockets.delete(socket));
		socket.once('data', () => {
			const cookie = new Uint8Array(randomBytes(64));
			const toClient = socket.exportKeyingMaterial(32, ntsExport.label, Buffer.from(ntsExport.toClient));
			clients.set(Buffer.from(cookie).toString('hex'), { toClient: new Uint8Array(toClient) });
			socket.end(ntsRecordsAnswered(cookie, udp.address().port));
		});
	});
	const ports = { exchange: (exchange.address() as AddressInfo).port, udp: udp.address().port };
	// What is forgotten keeps no process alive.
	udp.unref();
	exchange.unref();
	const server: TestTimeServer = {
		nts: { authenticated: true, host: 'localhost', port: ports.exchange, caFile },
		ntp: { authenticated: false, host: '127.0.0.1', port: ports.udp, caFile: null },
		ahead: 0,
		onTheWay: (answer) => answer,
		stop: async () => {
			for (const socket of sockets) socket.destroy();
			exchange.close();
			udp.close();
			await rm(folder, { recursive: true, force: true });
		},
	};
	udp.on('message', (bytes, { address, port }) => {
		const request = new Uint8Array(bytes);
		const now = Date.now() + server.ahead;
		const header = ntpReply(request, now, now, 1);
		const fields = readExtensionFields(request, NTP_HEADER);
		const of = (type: number): Uint8Array | undefined => fields.find((field) => field.type === type)?.body;
		const [cookie, unique] = [of(fieldType.cookie), of(fieldType.unique)];
		const client = cookie === undefined ? undefined : clients.get(Buffer.from(cookie).toString('hex'));
		const answer =
			client === undefined || unique === undefined
				? header
				: authenticated(
						client.toClient,
						header,
						[extensionField(fieldType.unique, unique)],
						new Uint8Array(randomBytes(16)),
					);
		udp.send(server.onTheWay(answer), port, address);
	});
	return server;
};

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Identity, openIdentity } from '@keyward/agent';
import { tlsProfile } from '@keyward/core/tls';

// Lets MQTT test suites that know no TLS reach a service: plain TCP on this machine, TLS with a device's or reader's
// identity to the service, the bytes unchanged. For tests alone: anyone who reaches the port acts as that identity.

/** Longest CONNECT head that is waited for; its client identifier has at most 65,535 bytes. */
const longestHead = 70_000;

/**
 * The client identifier of a CONNECT that begins here (§3.1 of MQTT 3.1.1 and MQTT 5); null while it is not all there, ''
 * when these bytes are no CONNECT or it names none.
 */
export const clientIdentifierOf = (bytes: Buffer): string | null => {
	let at = 0;
	/** Undefined beyond what has come. */
	const byte = (): number | undefined => bytes[at++];
	const length = (): number | null => {
		const [high, low] = [byte(), byte()];
		return high === undefined || low === undefined ? null : high * 256 + low;
	};
	const varint = (): number | null => {
		for (let value = 0, count = 0; count < 4; count++) {
			const next = byte();
			if (next === undefined) return null;
			value += (next & 0x7f) * 128 ** count;
			if (next < 0x80) return value;
		}
		return 0;
	};
	const type = byte();
	if (type === undefined) return null;
	if (type >> 4 !== 1) return '';
	if (varint() === null) return null;
	const name = length();
	if (name === null) return null;
	at += name;
	const level = byte();
	// Flags and keep-alive.
	at += 3;
	if (level === undefined) return null;
	if (level === 5) {
		const properties = varint();
		if (properties === null) return null;
		at += properties;
	}
	const size = length();
	return size === null || bytes.length < at + size ? null : bytes.toString('utf8', at, at + size);
};

export interface Bridge {
	/** Of the plain listener on 127.0.0.1. */
	readonly port: number;
	close(): Promise<void>;
}

/** What has come once it says who is there, the other side ended, or it is too much. */
const readHead = async (socket: Socket): Promise<Buffer> => {
	let head: Buffer = Buffer.alloc(0);
	for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
		head = Buffer.concat([head, chunk]);
		if (clientIdentifierOf(head) !== null || head.length > longestHead) break;
	}
	return head;
};

/**
 * Opens the plain listener; port 0 lets the system choose. One certificate has one session, so each client identifier has
 * an identity to itself, in the order in which they come; `report` hears of a client for whom none is left.
 */
export const openBridge = async (
	port: number,
	folders: readonly string[],
	report: (text: string) => void,
): Promise<Bridge> => {
	const identities = await Promise.all(
		folders.map(async (folder) => {
			const identity = await openIdentity(folder);
			return { identity, key: await identity.privateKey() };
		}),
	);
	const byClient = new Map<string, (typeof identities)[number]>();
	const used = new Map<Identity, number>();
	const sockets = new Set<Socket>();

	const identityOf = (client: string): (typeof identities)[number] | undefined => {
		const known = byClient.get(client);
		if (known !== undefined) return known;
		const free =
			client === ''
				? identities.find(({ identity }) => (used.get(identity) ?? 0) === 0)
				: identities.find((one) => ![...byClient.values()].includes(one));
		if (free !== undefined && client !== '') byClient.set(client, free);
		return free;
	};

	const serve = async (plain: Socket): Promise<void> => {
		const head = await readHead(plain);
		// A test suite looks whether somebody listens, and says nothing.
		if (head.length === 0) return void plain.destroy();
		const client = clientIdentifierOf(head) ?? '';
		const chosen = identityOf(client);
		if (chosen === undefined) {
			report(`no identity is left for the client "${client}": give one more with --as`);
			plain.destroy();
			return;
		}
		const { identity, key } = chosen;
		const url = new URL(identity.mqttUrl);
		const secure = connect({
			host: url.hostname,
			port: url.port === '' ? 8883 : Number(url.port),
			servername: url.hostname,
			cert: identity.certificate,
			key,
			// service-authentication: only the pinned CA, as every device does.
			ca: identity.serviceCa,
			...tlsProfile('tls1.3'),
		});
		used.set(identity, (used.get(identity) ?? 0) + 1);
		sockets.add(secure);
		secure.setNoDelay(true);
		secure.on('error', (error: Error) => {
			report(`${identity.application}/${identity.id}: ${error.message}`);
			plain.destroy();
		});
		// Vanishing is passed on as vanishing, an end as an end.
		plain.on('close', () => secure.destroy());
		secure.on('close', () => {
			used.set(identity, (used.get(identity) ?? 1) - 1);
			sockets.delete(secure);
			plain.end();
		});
		secure.write(head);
		plain.pipe(secure);
		secure.pipe(plain);
	};

	const server = createServer({ noDelay: true, allowHalfOpen: true }, (plain) => {
		sockets.add(plain);
		plain.on('error', () => plain.destroy());
		plain.on('close', () => sockets.delete(plain));
		serve(plain).catch((error: unknown) => {
			report(String(error));
			plain.destroy();
		});
	});
	// Only this machine: the port itself has no authentication.
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
	return {
		port: (server.address() as AddressInfo).port,
		close: async () => {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
};

const usage = `usage: npm run conformance -- bridge --port PORT --as FOLDER [--as FOLDER …]

Listens on 127.0.0.1:PORT without TLS, and passes every connection on to the service as the identity in FOLDER, which
"keyward device commission" or "keyward reader commission" made. Each client identifier gets another identity.
`;

const readOptions = (): { readonly port?: string; readonly as?: string[] } => {
	try {
		return parseArgs({ options: { port: { type: 'string' }, as: { type: 'string', multiple: true } } }).values;
	} catch {
		return {};
	}
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const { port, as: folders = [] } = readOptions();
	if (port === undefined || !/^\d{1,5}$/.test(port) || folders.length === 0) {
		process.stderr.write(usage);
		process.exit(2);
	}
	const bridge = await openBridge(Number(port), folders, (text) => console.error(`bridge: ${text}`));
	console.log(`bridge: mqtt://127.0.0.1:${bridge.port} as ${folders.join(', ')}`);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void bridge.close().then(() => process.exit(0)));
	}
}

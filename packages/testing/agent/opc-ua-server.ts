import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * What the server does with a question for a value: a data value's bytes (OPC UA Part 6, section 5.2.2.17), how the answer is sent, no answer, or
 * hanging up.
 */
export type OpcUaBehaviour =
	| {
			readonly value: Uint8Array;
			/** Added to the number of the request that is answered. */
			readonly ahead?: number;
			/** In so many parts. */
			readonly parts?: number;
	  }
	| { readonly fault: number }
	| { readonly raw: Uint8Array }
	| 'stall'
	| 'drop';

export interface OpcUaTestServer {
	readonly url: URL;
	readonly connections: () => number;
	/** Nodes that were asked for, as their bytes show them. */
	readonly asked: string[];
}

const u32 = (...values: readonly number[]): Buffer =>
	Buffer.concat(
		values.map((value) => {
			const bytes = Buffer.alloc(4);
			bytes.writeUInt32LE(value >>> 0);
			return bytes;
		}),
	);
const text = (value: string): Buffer => Buffer.concat([u32(Buffer.byteLength(value)), Buffer.from(value)]);
const nothing = u32(-1);
const NONE = 'http://opcfoundation.org/UA/SecurityPolicy#None';

/** A data value: a variant of this type with these bytes, and a status where it is not good. */
export const dataValue = (type: number, bytes: Uint8Array, status = 0): Buffer =>
	Buffer.concat([Buffer.of(status === 0 ? 1 : 3, type), bytes, status === 0 ? Buffer.alloc(0) : u32(status)]);

export const float = (value: number): Buffer => {
	const bytes = Buffer.alloc(4);
	bytes.writeFloatLE(value);
	return bytes;
};

const response = (type: number, result: number, ...body: readonly Buffer[]): Buffer =>
	Buffer.concat([
		Buffer.of(1, 0, type & 0xff, type >> 8),
		Buffer.alloc(8),
		u32(0, result),
		Buffer.of(0),
		nothing,
		Buffer.of(0, 0, 0),
		...body,
	]);

/** One of its ends, as a server tells of it in the answer to a new session (Part 4, section 7.14). */
const endpoint = (security: string, tokenType: number): Buffer =>
	Buffer.concat([
		...[text('opc.tcp://here'), text('urn:test'), nothing, Buffer.of(2), text('Test'), u32(0), nothing, nothing],
		...[u32(0), text('certificate'), u32(1), text(security), u32(1), text('somebody'), u32(tokenType)],
		...[nothing, nothing, nothing, text('transport'), Buffer.of(0)],
	]);

export interface OpcUaTerms {
	/** Whether it lets somebody read who has no name. */
	readonly anonymous?: boolean;
	/** How long a channel and an idle session last, in ms. */
	readonly lifetime?: number;
	readonly idle?: number;
}

const double = (value: number): Buffer => {
	const bytes = Buffer.alloc(8);
	bytes.writeDoubleLE(value);
	return bytes;
};

/**
 * A server of OPC UA's binary protocol without encryption (Part 6, sections 6.7 and 7.1), written against the standard and not with the code
 * that reads it.
 */
export const startOpcUaServer = async (
	t: Pick<TestContext, 'after'>,
	behave: (count: number) => OpcUaBehaviour,
	{ anonymous = true, lifetime = 3_600_000, idle = 60_000 }: OpcUaTerms = {},
): Promise<OpcUaTestServer> => {
	const sockets = new Set<Socket>();
	const asked: string[] = [];
	let [connections, count] = [0, 0];
	const serve = (socket: Socket): void => {
		connections += 1;
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket)).on('error', () => {});
		const frame = (kind: string, body: Buffer): boolean =>
			socket.write(Buffer.concat([Buffer.from(kind), u32(body.length + 8), body]));
		let came = Buffer.alloc(0);
		socket.on('data', (bytes) => {
			came = Buffer.concat([came, bytes]);
			for (; came.length >= 8 && came.length >= came.readUInt32LE(4);) {
				const message = came.subarray(0, came.readUInt32LE(4));
				came = came.subarray(message.length);
				take(message);
			}
		});
		const take = (message: Buffer): void => {
			const kind = message.toString('latin1', 0, 3);
			if (kind === 'HEL') return void frame('ACKF', u32(0, 65_536, 65_536, 0, 0));
			if (kind === 'CLO') return void socket.end();
			if (kind === 'OPN') {
				const number = message.readUInt32LE(message.indexOf(NONE) + NONE.length + 12);
				const head = [u32(7), text(NONE), nothing, nothing, u32(1, number)];
				return void frame(
					'OPNF',
					Buffer.concat([...head, response(449, 0, u32(0, 7, 9), Buffer.alloc(8), u32(lifetime), nothing)]),
				);
			}
			const number = message.readUInt32LE(20);
			const reply = (body: Buffer, ahead = 0, parts = 1): void => {
				const size = Math.ceil(body.length / parts);
				for (let part = 0; part < parts; part++)
					frame(
						part === parts - 1 ? 'MSGF' : 'MSGC',
						Buffer.concat([u32(7, 9, 2 + part, number + ahead), body.subarray(part * size, (part + 1) * size)]),
					);
			};
			const type = message.readUInt16LE(26);
			if (type === 461) {
				const ends = [endpoint(`${NONE.slice(0, -4)}Basic256Sha256`, 0), endpoint(NONE, anonymous ? 0 : 1)];
				const session = [Buffer.of(2, 1, 0), u32(5), Buffer.of(2, 0, 0), u32(77), double(idle), nothing, nothing];
				reply(response(464, 0, ...session, u32(ends.length), ...ends, nothing, nothing, nothing, u32(0)), 0, 3);
			} else if (type === 467) {
				reply(response(470, message.includes(text('somebody')) ? 0 : 0x80_20_00_00, nothing, nothing, nothing));
			} else if (type === 473) {
				reply(response(476, 0));
			} else if (type === 631) {
				count += 1;
				asked.push(message.toString('latin1', message.length - 40));
				answer(behave(count), reply);
			}
		};
		const answer = (does: OpcUaBehaviour, reply: (body: Buffer, ahead?: number, parts?: number) => void): void => {
			if (does === 'stall') return;
			if (does === 'drop') socket.destroy();
			else if ('raw' in does) socket.write(does.raw);
			else if ('fault' in does) reply(response(397, does.fault));
			else reply(response(634, 0, u32(1), Buffer.from(does.value), nothing), does.ahead, does.parts);
		};
	};
	const server = createServer(serve).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	return {
		url: new URL(`opc.tcp://127.0.0.1:${(server.address() as AddressInfo).port}/UA`),
		connections: () => connections,
		asked,
	};
};

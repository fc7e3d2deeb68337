import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A request for registers, as it came over the wire. */
export interface RegisterRequest {
	readonly unitId: number;
	/** 3 holding, 4 input. */
	readonly functionCode: number;
	readonly address: number;
	readonly count: number;
}

/**
 * What the instrument does with a request: bytes of its registers, an exception, raw bytes as the whole frame after the
 * transaction's number, no answer, or hanging up.
 */
export type Behaviour =
	| {
			readonly registers: Uint8Array;
			readonly unitId?: number;
			readonly transaction?: number;
			readonly apart?: boolean;
	  }
	| { readonly exception: number }
	| { readonly raw: Uint8Array }
	| 'stall'
	| 'drop';

export interface Instrument {
	readonly port: number;
	/** Connections that were made so far. */
	readonly connections: () => number;
	readonly requests: RegisterRequest[];
	/** Refuses connections and drops those there are, until it is `up` again. */
	readonly down: () => Promise<void>;
	readonly up: () => Promise<void>;
}

/**
 * A Modbus TCP instrument (Modbus Messaging on TCP/IP 1.0b, section 3.1; Application Protocol 1.1b3, sections 6.3, 6.4
 * and 7), written against the standard and not with the library that reads it.
 */
export const startInstrument = async (
	t: TestContext,
	behave: (request: RegisterRequest) => Behaviour,
): Promise<Instrument> => {
	const sockets = new Set<Socket>();
	const requests: RegisterRequest[] = [];
	let connections = 0;
	const serve = (socket: Socket): void => {
		connections += 1;
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket)).on('error', () => {});
		socket.setNoDelay();
		let buffer = Buffer.alloc(0);
		socket.on('data', (data) => {
			buffer = Buffer.concat([buffer, data]);
			for (; buffer.length >= 12; buffer = buffer.subarray(12)) answer(socket, buffer.subarray(0, 12));
		});
	};
	const answer = (socket: Socket, frame: Buffer): void => {
		const unitId = frame.readUInt8(6);
		const functionCode = frame.readUInt8(7);
		const request = { unitId, functionCode, address: frame.readUInt16BE(8), count: frame.readUInt16BE(10) };
		requests.push(request);
		const what = behave(request);
		if (what === 'stall') return;
		if (what === 'drop') {
			socket.destroy();
			return;
		}
		if ('raw' in what) {
			socket.write(Buffer.concat([frame.subarray(0, 2), what.raw]));
			return;
		}
		const body =
			'exception' in what
				? Buffer.from([functionCode | 0x80, what.exception])
				: Buffer.from([functionCode, what.registers.length, ...what.registers]);
		const header = Buffer.alloc(7);
		header.writeUInt16BE('transaction' in what ? (what.transaction ?? 0) : frame.readUInt16BE(0), 0);
		header.writeUInt16BE(body.length + 1, 4);
		header.writeUInt8('unitId' in what ? (what.unitId ?? unitId) : unitId, 6);
		const whole = Buffer.concat([header, body]);
		if (!('apart' in what)) socket.write(whole);
		else void inPieces(socket, whole);
	};

	/** One byte after the other, each in a write and mostly in a separate packet. */
	const inPieces = async (socket: Socket, whole: Buffer): Promise<void> => {
		for (const byte of whole) {
			if (socket.destroyed) return;
			socket.write(Uint8Array.of(byte));
			await sleep(2);
		}
	};

	let server = createServer(serve);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const down = async (): Promise<void> => {
		if (!server.listening) return;
		server.close();
		for (const socket of sockets) socket.destroy();
		await once(server, 'close');
	};
	t.after(down);
	return {
		port,
		connections: () => connections,
		requests,
		down,
		async up() {
			server = createServer(serve);
			server.listen(port, '127.0.0.1');
			await once(server, 'listening');
		},
	};
};

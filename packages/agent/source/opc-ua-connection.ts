import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Bytes, hours, type Milliseconds, Problem, seconds } from '@keyward/core';
import type { Sample } from '../sample/source.ts';
import { type NodeId, OpcUaReader, OpcUaWriter } from './opc-ua-binary.ts';
import {
	answer,
	askActivation,
	askChannel,
	askClosing,
	askSession,
	askValue,
	noToken,
	readChannel,
	readSession,
	readValue,
	request,
	service,
	type Service,
} from './opc-ua-session.ts';
import { figureOf } from './opc-ua-value.ts';
import type { Connection } from './polled.ts';

export interface OpcUaAddress {
	/** `opc.tcp://host:4840/path` */
	readonly url: URL;
	/** How long connecting and each answer may take. */
	readonly timeout: Milliseconds;
}

/** What is taken at a time (Part 6, section 7.1.2.3), and of a whole message: the answer to a new session has the server's certificates. */
const mostOfChunk: Bytes = 65_536;
const mostOfMessage: Bytes = 1024 * 1024;
const channelLifetime: Milliseconds = hours(1);
const NONE = 'http://opcfoundation.org/UA/SecurityPolicy#None';

const malformed = (detail: string): Problem => new Problem('source-malformed', detail);

/**
 * A session with a server over OPC UA's own transport (Part 6, section 7.2), without encryption and without a name: one request at a time, and
 * reading only. It is closed by whatever puts its answers in doubt.
 */
export class OpcUaConnection implements Connection<NodeId> {
	readonly #socket: Socket;
	readonly #address: OpcUaAddress;
	#came: Buffer = Buffer.alloc(0);
	#chunks: Buffer[] = [];
	/** With their heads: empty parts cost memory too. */
	#held: Bytes = 0;
	#waiting: PromiseWithResolvers<{ readonly kind: string; readonly body: Buffer }> | null = null;
	#channel = { channel: 0, token: 0 };
	#token: Uint8Array = noToken;
	#sequence = 0;
	#renewAt = Number.POSITIVE_INFINITY;
	#idle = Number.POSITIVE_INFINITY;
	#asked = performance.now();

	private constructor(socket: Socket, address: OpcUaAddress) {
		this.#socket = socket;
		this.#address = address;
		socket.on('error', () => {});
		socket.on('close', () => this.#fail(new Problem('source-unavailable', 'the connection was lost')));
		socket.on('data', (bytes) => this.#take(bytes));
	}

	/** Throws `Problem` when there is no session in time. */
	static async open(address: OpcUaAddress, signal: AbortSignal): Promise<OpcUaConnection> {
		const { url, timeout } = address;
		const [host, port] = [url.hostname.replace(/^\[(.*)\]$/, '$1'), Number(url.port || 4840)];
		const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: seconds(30) });
		const connection = new OpcUaConnection(socket, address);
		const stop = (): void => void socket.destroy();
		signal.addEventListener('abort', stop);
		try {
			await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) });
			await connection.#begin();
			return connection;
		} catch (cause) {
			socket.destroy();
			if (cause instanceof Problem) throw new Problem(cause.code, `${url.host}: ${cause.detail}`, { cause });
			const { name, code } = cause as NodeJS.ErrnoException;
			const why = name === 'AbortError' ? `no connection within ${timeout} ms` : `no connection (${code ?? name})`;
			throw new Problem('source-unavailable', `${url.host}: ${why}`, { cause });
		} finally {
			signal.removeEventListener('abort', stop);
		}
	}

	get isOpen(): boolean {
		return !this.#socket.destroyed && this.#socket.readable && this.#socket.writable;
	}

	/** A channel ends after its lifetime, a session when nothing was asked for long: a new connection is made before. */
	newRound(): void {
		const now = performance.now();
		if (now > this.#renewAt || now > this.#asked + this.#idle) this.close();
	}

	close(): void {
		if (this.#waiting === null && this.isOpen && this.#token !== noToken) {
			this.#send('MSG', request(service.closeSession, this.#token, 0, askClosing));
			this.#send(
				'CLO',
				request(service.closeChannel, noToken, 0, () => {}),
			);
			this.#socket.destroySoon();
		} else this.#socket.destroy();
	}

	async read(node: NodeId): Promise<Sample['value']> {
		try {
			return figureOf(await this.#ask(service.read, askValue(node), readValue));
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			const { namespace, id } = node;
			throw new Problem(
				error.code,
				`node ns=${namespace};${typeof id === 'number' ? 'i' : 's'}=${id}: ${error.detail}`,
				{
					cause: error,
				},
			);
		}
	}

	async #begin(): Promise<void> {
		const { href } = this.#address.url;
		const hello = new OpcUaWriter().uint32(0, mostOfChunk, mostOfChunk, mostOfMessage, 0).string(href).done();
		this.#write('HEL', hello);
		if ((await this.#next()).kind !== 'ACK') throw malformed('what came is no OPC UA: no ACK to HEL');
		const opened = await this.#ask(service.openChannel, askChannel(channelLifetime), readChannel);
		this.#channel = opened;
		this.#renewAt = performance.now() + opened.lifetime * 0.75;
		const { token, policy, idle } = await this.#ask(service.createSession, askSession(href, 60_000), readSession);
		this.#token = token;
		this.#idle = idle * 0.75;
		await this.#ask(service.activateSession, askActivation(policy), () => {});
	}

	/** Sends a request and waits for its answer. What is late or odd closes the connection: it would be taken for that to the next. */
	async #ask<What>(
		what: Service,
		body: (writer: OpcUaWriter) => void,
		read: (reader: OpcUaReader) => What,
	): Promise<What> {
		this.#asked = performance.now();
		const isOpening = what === service.openChannel;
		try {
			const number = this.#send(isOpening ? 'OPN' : 'MSG', request(what, this.#token, this.#sequence + 1, body));
			const { kind, body: came } = await this.#next();
			const reader = new OpcUaReader(came);
			reader.uint32();
			if (isOpening) for (let count = 0; count < 3; count++) reader.blob();
			else reader.uint32();
			reader.uint32();
			if (kind !== (isOpening ? 'OPN' : 'MSG') || reader.uint32() !== number)
				throw malformed('what came is no answer to the request');
			return read(answer(what, reader.bytes(reader.left)));
		} catch (error) {
			this.#socket.destroy();
			throw error;
		}
	}

	/** Gives the request's number. */
	#send(kind: 'OPN' | 'MSG' | 'CLO', message: Buffer): number {
		this.#sequence += 1;
		const writer = new OpcUaWriter().uint32(this.#channel.channel);
		if (kind === 'OPN') writer.string(NONE).string(null).string(null);
		else writer.uint32(this.#channel.token);
		this.#write(kind, writer.uint32(this.#sequence, this.#sequence).bytes(message).done());
		return this.#sequence;
	}

	#write(kind: string, body: Buffer): void {
		this.#socket.write(
			new OpcUaWriter()
				.bytes(Buffer.from(`${kind}F`))
				.uint32(body.length + 8)
				.bytes(body)
				.done(),
		);
	}

	async #next(): Promise<{ readonly kind: string; readonly body: Buffer }> {
		const { timeout } = this.#address;
		const waiting = Promise.withResolvers<{ readonly kind: string; readonly body: Buffer }>();
		this.#waiting = waiting;
		const late = setTimeout(
			() => this.#fail(new Problem('source-unavailable', `no whole answer within ${timeout} ms`)),
			timeout,
		);
		try {
			if (!this.isOpen) this.#fail(new Problem('source-unavailable', 'the connection was lost'));
			return await waiting.promise;
		} finally {
			clearTimeout(late);
			this.#waiting = null;
		}
	}

	#fail(problem: Problem): void {
		this.#socket.destroy();
		this.#waiting?.reject(problem);
	}

	#take(bytes: Buffer): void {
		this.#came = Buffer.concat([this.#came, bytes]);
		while (this.#came.length >= 8) {
			const size = this.#came.readUInt32LE(4);
			if (size < 8 || size > mostOfChunk || this.#held + size > mostOfMessage)
				return this.#fail(malformed('what came is no OPC UA, or more than an answer has'));
			if (this.#came.length < size) return;
			const [kind, part] = [this.#came.toString('latin1', 0, 3), this.#came.toString('latin1', 3, 4)];
			const body = Buffer.from(this.#came.subarray(8, size));
			this.#came = this.#came.subarray(size);
			this.#held += size;
			if (!this.#gather(kind, part, body)) return;
		}
	}

	/** Joins the parts of a message; false where the connection ended. */
	#gather(kind: string, part: string, body: Buffer): boolean {
		if (kind === 'ERR' || part === 'A') {
			const reader = new OpcUaReader(body);
			const status = body.length >= 4 && kind === 'ERR' ? ` (status 0x${reader.uint32().toString(16)})` : '';
			this.#fail(new Problem('source-unavailable', `the server ends the conversation${status}`));
			return false;
		}
		// Of each further part only what follows its own numbers: channel, token, sequence, request.
		this.#chunks.push(this.#chunks.length > 0 ? body.subarray(16) : body);
		if (part !== 'F') return true;
		const whole = Buffer.concat(this.#chunks);
		this.#chunks = [];
		this.#held = 0;
		if (this.#waiting === null) {
			this.#fail(malformed('an answer came that nobody asked for'));
			return false;
		}
		this.#waiting.resolve({ kind, body: whole });
		return true;
	}
}

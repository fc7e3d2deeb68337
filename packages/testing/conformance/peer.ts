import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { Milliseconds } from '@keyward/core';
import type { TestIdentity, TestSite } from '../service/site.ts';
import { openTls } from '../service/wire.ts';
import { type Answer, readAnswer } from './answer.ts';
import { formsOfAnswer, readInEither } from './form.ts';
import { connect, type ConnectFields, disconnect, pingreq, type Version } from './packet.ts';

/** After this long, what a case waits for counts as not coming. */
const patience: Milliseconds = 60_000;

type Named<Kind extends Answer['kind']> = Extract<Answer, { kind: Kind }>;

/** One MQTT peer on its own TLS connection: it sends bytes as told, and keeps what comes, read strictly. */
export class Peer {
	readonly socket: TLSSocket;
	readonly version: Version;
	/** In which of them it may be answered; from its first answer on, in the one that this was in. */
	#forms: readonly Version[];
	/** Answers that no call has taken yet. */
	readonly inbox: Answer[] = [];
	/** Whether messages that were retained are kept out of the inbox. */
	passOverRetained = false;
	/** The same answers as bytes, in order, taken or not. */
	readonly raw: Buffer[] = [];
	#unread: Buffer = Buffer.alloc(0);
	#error: Error | null = null;
	#over = false;
	#waiting: (() => void)[] = [];

	constructor(socket: TLSSocket, version: Version) {
		this.socket = socket;
		this.version = version;
		this.#forms = [version];
		socket.on('data', (chunk: Buffer) => {
			try {
				this.#take(chunk);
			} catch (error) {
				this.#error ??= error instanceof Error ? error : new Error(String(error));
			}
			this.#wake();
		});
		socket.on('close', () => {
			this.#over = true;
			this.#wake();
		});
	}

	#wake(): void {
		for (const wake of this.#waiting.splice(0)) wake();
	}

	#take(chunk: Buffer): void {
		this.#unread = Buffer.concat([this.#unread, chunk]);
		for (;;) {
			const length = packetLength(this.#unread);
			if (length === null || length > this.#unread.length) return;
			const packet = this.#unread.subarray(0, length);
			this.#unread = this.#unread.subarray(length);
			this.raw.push(packet);
			const answer = this.#read(packet);
			if (!(this.passOverRetained && answer.kind === 'publish' && answer.retain)) this.inbox.push(answer);
		}
	}

	#read(packet: Buffer): Answer {
		const [form, other] = this.#forms;
		assert(form !== undefined, `${packet.toString('hex')} came, and no answer may come`);
		if (other === undefined) return readAnswer(packet, form);
		// Of what no version is said, or one that the server does not speak, there is at most a refusal.
		const answer = readInEither(packet);
		assert(answer.kind === 'connack' && answer.code !== 0, `${JSON.stringify(answer)} came`);
		this.#forms = [];
		return answer;
	}

	/** Sends what may be anything: it is answered by what it says, and not as `version` is. */
	sendDamaged(input: Buffer): void {
		this.#forms = formsOfAnswer(input);
		this.send(input);
	}

	/** All of it in one write. */
	send(...packets: readonly Uint8Array[]): void {
		this.socket.write(Buffer.concat(packets));
	}

	/** Waits until `ready` is so, or the time is up, or the connection is over. */
	async #until(ready: () => boolean, within: Milliseconds): Promise<void> {
		const late = AbortSignal.timeout(within);
		while (!ready() && !this.#over && !late.aborted && this.#error === null) {
			await new Promise<void>((resolve) => {
				this.#waiting.push(resolve);
				late.addEventListener('abort', () => resolve(), { once: true });
			});
		}
		if (this.#error !== null) throw this.#error;
	}

	/** The next answer; it has to be of this kind. */
	async next<Kind extends Answer['kind']>(kind: Kind, within: Milliseconds = patience): Promise<Named<Kind>> {
		await this.#until(() => this.inbox.length > 0, within);
		const answer = this.inbox.shift();
		if (answer === undefined) {
			throw new Error(this.#over ? `the connection ended; ${kind} was to come` : `nothing came; ${kind} was to come`);
		}
		assert.equal(answer.kind, kind, `${JSON.stringify(answer)} came`);
		return answer as Named<Kind>;
	}

	/** The next answer, whatever it is; null when the connection ends instead. */
	async any(): Promise<Answer | null> {
		await this.#until(() => this.inbox.length > 0, patience);
		const answer = this.inbox.shift() ?? null;
		assert(answer !== null || this.#over, 'nothing came');
		return answer;
	}

	/** The next answer that is no PUBLISH: a device of another case, such as one that was lost, may still have something to say. */
	async answer(): Promise<Answer | null> {
		const next = await this.any();
		return next?.kind === 'publish' ? this.answer() : next;
	}

	/** Everything that comes until nothing more has come for so long. */
	async hear(quiet: Milliseconds = 250): Promise<Answer[]> {
		const heard: Answer[] = [];
		for (;;) {
			await this.#until(() => this.inbox.length > 0, quiet);
			if (this.inbox.length === 0) return heard;
			heard.push(...this.inbox.splice(0));
		}
	}

	/** Waits until the server ends the connection, however long that takes. */
	over(): Promise<void> {
		return this.#until(() => this.#over, patience);
	}

	/** Everything that comes until the server ends the connection; fails when it does not. */
	async ended(within: Milliseconds = patience): Promise<Answer[]> {
		await this.#until(() => this.#over, within);
		assert(this.#over, `the connection still stands after ${within} ms`);
		return this.inbox.splice(0);
	}

	/**
	 * The server ends the connection for what this peer did: in MQTT 5 with a DISCONNECT of one of these codes and nothing
	 * after it, in MQTT 3.1.1 without a word. Answers to what came before are passed over. Gives the code.
	 */
	async cut(...codes: readonly number[]): Promise<number> {
		const answers = await this.ended();
		if (this.version === 4) return 0;
		const last = answers.at(-1);
		assert(last?.kind === 'disconnect', `it ended without DISCONNECT; last came ${JSON.stringify(last)}`);
		assert(codes.includes(last.code), `DISCONNECT says 0x${last.code.toString(16)}`);
		return last.code;
	}

	/** Sends what should end the connection, and PINGREQ; gives false when it stands a while after that is answered. */
	async ends(input: Uint8Array): Promise<boolean> {
		this.send(input, pingreq);
		const stands = (): boolean =>
			this.inbox.some((answer) => answer.kind === 'pingresp' || (answer.kind === 'connack' && answer.code === 0));
		await this.#until(stands, patience);
		// A refusal in MQTT 3.1.1 ends the connection once what came before it is decided.
		await this.#until(() => false, 300);
		return this.#over;
	}

	/** PINGREQ is answered, and nothing else came: the connection stands. */
	async stands(): Promise<void> {
		this.send(pingreq);
		await this.next('pingresp');
	}

	/** Says goodbye, and waits for the end. */
	async leave(): Promise<void> {
		this.send(disconnect());
		await this.ended();
	}

	/** Vanishes without a word, as a device that loses power does. */
	vanish(): void {
		this.socket.destroy();
	}
}

const packetLength = (bytes: Buffer): number | null => {
	let length = 0;
	for (let at = 1; at < Math.min(bytes.length, 6); at++) {
		const byte = bytes[at] ?? 0;
		length += (byte & 0x7f) * 128 ** (at - 1);
		if (byte < 0x80) return 1 + at + length;
	}
	return null;
};

export const openPeer = async (
	t: TestContext,
	site: Pick<TestSite, 'mqttsPort'>,
	{ tls }: Pick<TestIdentity, 'tls'>,
	version: Version,
): Promise<Peer> => new Peer(await openTls(t, site.mqttsPort, tls), version);

export type Session = Peer & { readonly connack: Named<'connack'> };

/** Connects, and expects to be accepted. */
export const openSession = async (
	t: TestContext,
	site: Pick<TestSite, 'mqttsPort'>,
	identity: Pick<TestIdentity, 'tls'>,
	version: Version,
	fields: ConnectFields = {},
): Promise<Session> => {
	const peer = await openPeer(t, site, identity, version);
	peer.send(connect(version, fields));
	const connack = await peer.next('connack');
	assert.equal(connack.code, 0, `CONNACK says 0x${connack.code.toString(16)} ${String(connack.properties.get(0x1f))}`);
	return Object.assign(peer, { connack });
};

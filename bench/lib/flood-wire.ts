import { once } from 'node:events';
import { connect as tcpConnect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import type { Identity } from './target.ts';

// What a flooder needs of a wire: many connections, bytes as they are, and a count of what came back.

/** What a flood did, as its own side saw it. */
export interface Tally {
	connections: number;
	/** Connections that were refused, or ended by the site before the flood was. */
	ended: number;
	sentBytes: number;
	/** By status code of HTTP, or packet type of MQTT. */
	answers: Record<string, number>;
}

export const createTally = (): Tally => ({ connections: 0, ended: 0, sentBytes: 0, answers: {} });

const count = (tally: Tally, name: string, more = 1): void => {
	tally.answers[name] = (tally.answers[name] ?? 0) + more;
};

export interface Peer {
	readonly socket: Socket;
	/** Answers so far. */
	answers: number;
	/** Resolves when the connection is over. */
	readonly over: Promise<void>;
	send(bytes: Uint8Array): void;
}

/** Counts the status lines of HTTP answers; no body of ours holds one. */
const httpAnswers = (told: (status: string) => void): ((bytes: Buffer) => void) => {
	let rest = '';
	return (bytes) => {
		const text = rest + bytes.toString('latin1');
		let end = 0;
		for (const match of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
			told(match[1] ?? '');
			end = match.index + match[0].length;
		}
		rest = text.slice(Math.max(end, text.length - 11));
	};
};

/** Counts whole MQTT packets by their type. */
const mqttAnswers = (told: (type: string) => void): ((bytes: Buffer) => void) => {
	let rest: Buffer = Buffer.alloc(0);
	const names: Readonly<Record<number, string>> = {
		2: 'CONNACK',
		4: 'PUBACK',
		9: 'SUBACK',
		13: 'PINGRESP',
		14: 'DISCONNECT',
	};
	return (bytes) => {
		rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
		let at = 0;
		for (;;) {
			let [length, shift, body] = [0, 0, at + 1];
			let byte = 0x80;
			while (byte >= 0x80 && body < rest.length) {
				byte = rest[body++] ?? 0;
				length += (byte & 0x7f) << shift;
				shift += 7;
			}
			if (byte >= 0x80 || body + length > rest.length) break;
			const type = (rest[at] ?? 0) >> 4;
			told(names[type] ?? String(type));
			at = body + length;
		}
		rest = rest.subarray(at);
	};
};

export interface Dial {
	readonly port: number;
	readonly protocol: 'http' | 'mqtt';
	/** Null: no TLS. */
	readonly tls: { readonly ca: string; readonly identity: Identity | null } | null;
}

/** Opens a connection; null when it was refused. It is gone with the signal. */
export const dial = async (tally: Tally, signal: AbortSignal, { port, protocol, tls }: Dial): Promise<Peer | null> => {
	const where = { host: '127.0.0.1', port };
	const socket =
		tls === null
			? tcpConnect(where)
			: tlsConnect({
					...where,
					servername: 'localhost',
					ca: tls.ca,
					...(tls.identity !== null && { key: tls.identity.key, cert: tls.identity.certificate }),
				});
	const over = Promise.withResolvers<void>();
	const end = (): void => void socket.destroy();
	signal.addEventListener('abort', end);
	tally.connections++;
	socket.on('error', () => undefined);
	socket.once('close', () => {
		signal.removeEventListener('abort', end);
		if (!signal.aborted) tally.ended++;
		over.resolve();
	});
	const peer: Peer = {
		socket,
		answers: 0,
		over: over.promise,
		send: (bytes) => {
			if (socket.destroyed) return;
			tally.sentBytes += bytes.length;
			socket.write(bytes);
		},
	};
	const told = (name: string): void => {
		peer.answers++;
		count(tally, name);
	};
	socket.on('data', (protocol === 'http' ? httpAnswers : mqttAnswers)(told));
	const open = await Promise.race([
		once(socket, tls === null ? 'connect' : 'secureConnect').then(
			() => true,
			() => false,
		),
		over.promise.then(() => false),
	]);
	return open ? peer : null;
};

/** Resolves when the peer has had so many answers, or is gone. */
const answered = async (peer: Peer, answers: number): Promise<void> => {
	const enough = Promise.withResolvers<void>();
	const look = (): void => {
		if (peer.answers >= answers) enough.resolve();
	};
	peer.socket.on('data', look);
	look();
	await Promise.race([enough.promise, peer.over]);
	peer.socket.off('data', look);
};

/** How long a flooder waits that was not let in: it must not be the one who is busy. */
const AGAIN = 20;

/** On one connection: all the bytes at once, all their answers awaited, and again; another connection when that one is ended. */
export const blast = async (
	tally: Tally,
	signal: AbortSignal,
	to: Dial,
	{ hello, bytes, answers }: { readonly hello?: Uint8Array; readonly bytes: Uint8Array; readonly answers: number },
): Promise<void> => {
	while (!signal.aborted) {
		const peer = await dial(tally, signal, to);
		if (peer === null) {
			await sleep(AGAIN);
			continue;
		}
		if (hello !== undefined) {
			peer.send(hello);
			await answered(peer, 1);
		}
		while (!signal.aborted && !peer.socket.destroyed && !peer.socket.readableEnded) {
			const before = peer.answers;
			peer.send(bytes);
			await answered(peer, before + answers);
		}
		peer.socket.destroy();
		await sleep(AGAIN);
	}
};

/** Sends the bytes so often a second in all, on so many connections in turn, whatever comes back. */
export const drip = async (
	tally: Tally,
	signal: AbortSignal,
	to: Dial,
	{
		bytes,
		perSecond,
		connections,
	}: { readonly bytes: Uint8Array; readonly perSecond: number; readonly connections: number },
): Promise<void> => {
	const peers: (Peer | null)[] = [];
	const keep = async (place: number): Promise<void> => {
		while (!signal.aborted) {
			const peer = await dial(tally, signal, to);
			peers[place] = peer;
			await peer?.over;
			await sleep(AGAIN);
		}
	};
	const kept = Array.from({ length: connections }, (_, place) => keep(place));
	const began = performance.now();
	let sent = 0;
	while (!signal.aborted) {
		const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
		for (; sent < due; sent++) peers[sent % connections]?.send(bytes);
		await sleep(2);
	}
	await Promise.all(kept);
};

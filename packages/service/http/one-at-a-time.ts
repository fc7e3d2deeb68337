import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PIPELINED } from './peer-limits.ts';

interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
}

/** What still comes is read, so that the peer reads its answer, and no requests are made of it: megabytes of them may follow. */
const readUnparsed = (socket: Socket): void => {
	socket.removeAllListeners('data');
	socket.on('data', () => {});
	socket.resume();
};

/**
 * Handles the requests of a connection one after another. Node gives the application every pipelined request at once:
 * 0.84 MB of them were 20,000 requests under way (CR 7.1). While one is answered the next wait and the connection is not read;
 * `onTooMany` hears of one that has more waiting than a connection may (RFC 9112 §9.3.2 lets a client send what had no answer again).
 */
export const oneAtATime = (
	handle: RequestListener,
	onTooMany: (socket: Socket, underWay: ServerResponse) => void,
): RequestListener => {
	const lines = new WeakMap<Socket, Exchange[]>();
	const cut = new WeakSet<Socket>();

	const readOrPause = (socket: Socket, line: readonly Exchange[]): void => {
		if (socket.destroyed) return;
		if (line.length > 1) socket.pause();
		else if (socket.isPaused()) socket.resume();
	};

	const begin = (socket: Socket, line: Exchange[]): void => {
		const [first] = line;
		if (first === undefined) return;
		first.response.once('close', () => {
			line.shift();
			if (socket.destroyed || cut.has(socket)) line.length = 0;
			readOrPause(socket, line);
			begin(socket, line);
		});
		handle(first.request, first.response);
	};

	return (request, response) => {
		const { socket } = request;
		if (cut.has(socket)) return;
		const line = lines.get(socket) ?? [];
		lines.set(socket, line);
		if (line.push({ request, response }) === 1) {
			begin(socket, line);
			return;
		}
		if (line.length - 1 > PIPELINED) {
			cut.add(socket);
			readUnparsed(socket);
			onTooMany(socket, line[0]?.response ?? response);
			return;
		}
		// Behind Node's own resume at the end of each request that it has parsed.
		process.nextTick(readOrPause, socket, line);
	};
};

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';

/** What Node has of a TCP connection below its Socket, and does not document. */
export interface TcpHandle {
	readStart(): number;
	readStop(): number;
}

export const tcpOf = (socket: Socket): TcpHandle => (socket as unknown as { readonly _handle: TcpHandle })._handle;

/** Node's parser of HTTP, of which only this is used: it reads a connection in place of Node, and gives it back. */
interface Parser {
	initialize(type: number, resource: object): void;
	execute(bytes: Buffer): unknown;
	consume(handle: TcpHandle): void;
	unconsume(): void;
	close(): void;
	[callback: number]: ((bytes: Buffer) => void) | (() => number);
}

const { HTTPParser } = process.getBuiltinModule('_http_common') as unknown as {
	readonly HTTPParser: (new () => Parser) & Readonly<Record<'RESPONSE' | 'kOnHeadersComplete' | 'kOnBody', number>>;
};

/** A response without a length: all that follows is its body, and the parser gives it out as it comes. */
const head = Buffer.from('HTTP/1.1 200 OK\r\n\r\n');

/** Parsers that nobody has now; as many as are kept. */
const idle: Parser[] = [];
const most = 512;

const newParser = (): Parser => {
	const parser = new HTTPParser();
	assert(parser.consume !== undefined, 'this Node lets nobody read before OpenSSL');
	parser.initialize(HTTPParser.RESPONSE, {});
	parser[HTTPParser.kOnHeadersComplete] = () => 0;
	assert.equal(parser.execute(head), head.length);
	let given = 0;
	parser[HTTPParser.kOnBody] = (bytes) => void (given += bytes.length);
	parser.execute(head);
	assert.equal(given, head.length, 'this Node does not give what it read before OpenSSL');
	return parser;
};

/**
 * Reads a connection in Node's place from the moment that it is made until it ends. `came` gets the bytes, which are its own. An end and an
 * error of the connection go to its Socket as ever. No stream of JavaScript can do it: Node has no way back from there, and each message
 * of the connection's life would go through it.
 */
export class Reader {
	#parser: Parser | null;

	constructor(tcp: TcpHandle, came: (bytes: Buffer) => void) {
		const parser = idle.pop() ?? newParser();
		parser[HTTPParser.kOnBody] = came;
		parser.consume(tcp);
		this.#parser = parser;
	}

	/** Node reads again. */
	end(): void {
		const parser = this.#parser;
		if (parser === null) return;
		this.#parser = null;
		parser.unconsume();
		parser[HTTPParser.kOnBody] = () => undefined;
		if (idle.length < most) idle.push(parser);
		// It may be that what is done here began in its callback.
		else setImmediate(() => parser.close());
	}
}

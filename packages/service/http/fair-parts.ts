import { Readable } from 'node:stream';
import { type Bytes, Problem } from '@keyward/core';
import type { FastifyInstance } from 'fastify';

/** So many parts are taken of any body, and one more for each so many bytes of it. */
const few = 1024;
const fairPart: Bytes = 256;

/**
 * A body in the parts that it came in: chunks (RFC 9112 §7.1) or records of TLS. Throws `Problem('request-malformed')`, and ends the
 * connection, when they are as small as no client makes them.
 *
 * CR 7.1: each part is an object of 250 bytes until the body is whole, however short it is. A stranger's 512 KiB in single bytes would
 * be 130 MB, and a few such requests the end of the process.
 */
export async function* fairParts(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
	let [parts, bytes] = [0, 0];
	for await (const part of body) {
		parts++;
		bytes += part.length;
		if (parts > few + bytes / fairPart)
			throw new Problem('request-malformed', 'The body comes in parts of a few bytes each: send it in larger ones.');
		yield part;
	}
}

/** Every body that the app reads comes in fair parts. */
export const requireFairParts = (app: FastifyInstance): void => {
	app.addHook('preParsing', async ({ headers }, _reply, body) =>
		headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
			? body
			: Readable.from(fairParts(body as AsyncIterable<Buffer>)),
	);
};

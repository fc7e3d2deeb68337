import type { Readable, Writable } from 'node:stream';
import { Problem } from '@keyward/core';
import { responseSize, type Transport, unreachable } from './transport.ts';

/**
 * Commands written to one stream, responses read from another: sockets and pipes. `end` lets go of both; `fail` is to be called
 * when the other side has ended, and why.
 */
export const overStreams = (
	name: string,
	output: Writable,
	input: Readable,
	end: () => Promise<void>,
): Transport & { fail(cause: Problem): void } => {
	let waiting: PromiseWithResolvers<Uint8Array> | null = null;
	let received: Uint8Array = new Uint8Array();
	let lost: Problem | null = null;

	const fail = (cause: Problem): void => {
		lost ??= cause;
		waiting?.reject(lost);
		waiting = null;
	};
	input.on('data', (chunk: Uint8Array) => {
		// Nothing is to come that was not asked for: it would be taken for the answer to the next command.
		if (waiting === null) return fail(new Problem('tpm-malformed', `${name} sent what was not asked for.`));
		received = new Uint8Array(Buffer.concat([received, chunk]));
		try {
			const size = responseSize(received);
			if (size === null || received.length < size) return;
			if (received.length > size) throw new Problem('tpm-malformed', `${name} sent more than its response.`);
			waiting.resolve(received);
			waiting = null;
			received = new Uint8Array();
		} catch (error) {
			fail(error instanceof Problem ? error : unreachable(`${name} failed`, error));
		}
	});
	input.on('error', (error) => fail(unreachable(`${name} failed`, error)));
	// A program that cannot be written to any more has also ended, and the one who opened it says why.
	output.on('error', () => {});

	return {
		fail,
		get lost() {
			return lost !== null;
		},
		send: async (command) => {
			if (lost !== null) throw lost;
			waiting = Promise.withResolvers();
			const { promise } = waiting;
			output.write(command);
			return promise;
		},
		close: async () => {
			fail(unreachable(`${name} was let go`));
			await end();
		},
	};
};

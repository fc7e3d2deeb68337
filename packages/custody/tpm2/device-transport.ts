import { open } from 'node:fs/promises';
import { Problem } from '@keyward/core';
import { responseSize, type Transport, unreachable } from './transport.ts';

/** Part 2 MAX_RESPONSE_SIZE, with room. */
const BUFFER = 8192;

/**
 * A character device: `/dev/tpmrm0`, behind which the kernel manages slots and sessions, or the bare `/dev/tpm0`. A read waits
 * in a thread of Node's pool until the TPM has answered. Throws `Problem('tpm-unreachable')`.
 */
export const openDevice = async (path: string): Promise<Transport> => {
	const file = await open(path, 'r+').catch((error: unknown) => {
		throw unreachable(`${path} cannot be opened (is there a TPM, and may this user use it?)`, error);
	});
	return {
		send: async (command) => {
			try {
				// The driver takes a command in one write and gives the response to one read.
				const { bytesWritten } = await file.write(command);
				if (bytesWritten !== command.length) throw unreachable(`${path} took only a part of the command`);
				const buffer = new Uint8Array(BUFFER);
				let length = 0;
				for (;;) {
					const { bytesRead } = await file.read(buffer, length, BUFFER - length, null);
					if (bytesRead === 0) throw unreachable(`${path} ended within a response`);
					length += bytesRead;
					const size = responseSize(buffer.subarray(0, length));
					if (size !== null && length >= size) return buffer.slice(0, length);
					if (length === BUFFER) throw new Problem('tpm-malformed', `A response of more than ${BUFFER} bytes.`);
				}
			} catch (error) {
				throw error instanceof Problem ? error : unreachable(`${path} failed`, error);
			}
		},
		close: () => file.close(),
	};
};

import { Problem } from '@keyward/core';

/** A way to one TPM. One command at a time: the next is sent only when the answer to the one before has come. */
export interface Transport {
	/** Sends one command and gives the whole response. Throws `Problem('tpm-unreachable')` when the TPM is gone. */
	send(command: Uint8Array): Promise<Uint8Array>;
	/** True once the other side is known to be gone, so that the next command had better go another way. */
	readonly lost?: boolean;
	/** Lets go of the TPM; a `send` under way is rejected. */
	close(): Promise<void>;
}

/** Part 1 §18: tag, size, code. */
export const HEADER_SIZE = 10;

/** Larger than any response (Part 2 MAX_RESPONSE_SIZE is 4096 on PC and swtpm). */
const MAX_RESPONSE = 65_536;

/** How long the response is that begins so; null while that cannot be told. Throws `Problem('tpm-malformed')`. */
export const responseSize = (bytes: Uint8Array): number | null => {
	if (bytes.length < HEADER_SIZE) return null;
	const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(2);
	if (size < HEADER_SIZE || size > MAX_RESPONSE) {
		throw new Problem('tpm-malformed', `The TPM announces a response of ${size} bytes.`);
	}
	return size;
};

export const unreachable = (what: string, cause?: unknown): Problem =>
	new Problem('tpm-unreachable', cause instanceof Error ? `${what}: ${cause.message}.` : `${what}.`, { cause });

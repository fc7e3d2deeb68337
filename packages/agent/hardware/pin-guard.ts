import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Problem } from '@keyward/core';
import { readPinFile } from '@keyward/custody/pkcs11';

/**
 * Keeps a refused PIN from being tried again and again, across restarts too, until its part locks itself: which PIN file was
 * refused stands in `marker`, by time and place on the disk, and the file counts again when it was written again.
 */
export interface PinGuard {
	/** The PIN. Throws `Problem('token-pin')` when it was refused before, and what {@link readPinFile} does. */
	pin(): Promise<string>;
	/** To be called when the PIN was refused. */
	refused(): void;
	/** To be called when the PIN was taken. */
	taken(): void;
}

/** libp11's MAX_PIN_LENGTH with the end of its text. */
const LONGEST = 31;

export const pinGuard = (pinFile: string, marker: string): PinGuard => {
	const version = (): string => {
		const { mtimeMs, ctimeMs, ino, size } = statSync(pinFile);
		return [mtimeMs, ctimeMs, ino, size].join(' ');
	};
	return {
		pin: async () => {
			const pin = await readPinFile(pinFile);
			// OpenSSL's engine would cut it, and try what is left.
			if (Buffer.byteLength(pin) > LONGEST) {
				throw new Problem('token-pin', `The PIN in ${pinFile} is longer than the ${LONGEST} bytes that OpenSSL takes.`);
			}
			if (existsSync(marker) && readFileSync(marker, 'utf8') === version()) {
				throw new Problem(
					'token-pin',
					`The PIN in ${pinFile} was refused; another try could lock the part. Write the right one into it.`,
				);
			}
			return pin;
		},
		refused: () => writeFileSync(marker, version(), { mode: 0o600, flush: true }),
		taken: () => rmSync(marker, { force: true }),
	};
};

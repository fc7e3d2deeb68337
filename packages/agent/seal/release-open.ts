import type { Roster } from '@keyward/core/seal';
import type { Outbox } from '../outbox/outbox.ts';

/** Held readings that are released at a time. */
const AT_ONCE = 100;

/** Lets the readings of a stream go as they are kept; false while what comes first is locked. */
export const releaseOpen = (outbox: Outbox, stream: string): boolean => {
	if (outbox.cipher.locked) return false;
	for (let held = outbox.held(stream, AT_ONCE); held.length > 0; held = outbox.held(stream, AT_ONCE)) {
		for (const reading of held) outbox.release(reading, reading.sealed);
	}
	return true;
};

/** Streams with readings that waited for a roster, which it does not name and that were never sealed. */
export const unnamedStreams = (outbox: Outbox, { streams }: Roster): string[] => {
	const sealed = outbox.sealed.sealedStreams();
	return outbox.heldStreams().filter((stream) => !streams.has(stream) && !sealed.includes(stream));
};

import { decodeCbor } from '../format/cose/cbor.ts';
import { readSign1 } from '../format/cose/sign1.ts';
import { Problem } from '../problem/problem.ts';
import { readSealedItem } from './sealed-item.ts';

/**
 * Whether two signed items of a sealed stream say two things under one epoch and sequence. The same thing signed once more, as after
 * a crash before the sending was noted, is no fork: signatures differ each time. Both were verified when they were admitted.
 */
export const isFork = (stored: Uint8Array, sent: Uint8Array): boolean => {
	try {
		const [before, now] = [readSealedItem(stored), readSealedItem(sent)];
		if (before.kind === 'reading' || now.kind === 'reading' || before.identity !== now.identity) return false;
		return Buffer.compare(readSign1(decodeCbor(stored)).payload, readSign1(decodeCbor(sent)).payload) !== 0;
	} catch (error) {
		if (error instanceof Problem) return false;
		throw error;
	}
};

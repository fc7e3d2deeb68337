import type { StreamName } from '../device/stream-name.ts';
import { decodeSenmlCbor } from '../observe/senml-cbor.ts';
import { Problem } from '../problem/problem.ts';
import type { OpenedReading } from './reader-finding.ts';

/**
 * The one record of an opened reading. A relative time is refused: who holds a reading back could date it by when it lets it go.
 * Throws `Problem('reading-forged')` for what is not one record of this stream in its unit: a device sealed it, and it is none of
 * this stream's readings all the same.
 */
export const readOpened = (
	plaintext: Uint8Array,
	{ device, stream }: StreamName,
	unit: string,
): Pick<OpenedReading, 'time' | 'value' | 'unit' | 'doubted'> => {
	const [record, ...more] = recordsOf(plaintext);
	if (record === undefined || more.length > 0) throw strange('is not one record');
	if (record instanceof Problem) throw strange(record.detail);
	if (record.name !== `${device}/${stream}`) throw strange(`is of ${JSON.stringify(record.name)}`);
	if (record.unit !== unit)
		throw strange(`is in ${JSON.stringify(record.unit)}, and the roster says ${JSON.stringify(unit)}`);
	const { time, value, doubted } = record;
	return { time, value, unit: record.unit, ...(doubted === true && { doubted }) };
};

const recordsOf = (plaintext: Uint8Array): ReturnType<typeof decodeSenmlCbor> => {
	try {
		// Without a moment to count from, a relative time is a problem of its record.
		return decodeSenmlCbor(plaintext, null);
	} catch (error) {
		if (error instanceof Problem) throw strange(error.detail);
		throw error;
	}
};

const strange = (why: string): Problem => new Problem('reading-forged', `What was sealed ${why}.`);

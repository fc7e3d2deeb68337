import type { KeyEvidence } from '@keyward/core/device';
import { softwareKey } from '@keyward/core/device';
import { type Columns, orNull, text } from './columns.ts';

/** As it was written; a row from before there was evidence has none. */
export const toKeyEvidence = (row: Columns): KeyEvidence => {
	const written = orNull(text, row, 'evidence');
	return written === null ? softwareKey : (JSON.parse(written) as KeyEvidence);
};

export const fromKeyEvidence = ({ custody, proof, part, maker, emulated, path, adopted }: KeyEvidence): string =>
	JSON.stringify({ custody, proof, part, maker, emulated, path, adopted });

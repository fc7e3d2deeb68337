import type { KeyEvidence } from '@keyward/core/device';
import { softwareKey } from '@keyward/core/device';
import { type Columns, orNull, text } from './columns.ts';

/** A manufacturer was a maker until 0.1: rows keep the word, so that they stay as they were written. */
interface Written extends Omit<KeyEvidence, 'manufacturer'> {
	readonly maker: KeyEvidence['manufacturer'];
}

/** As it was written; a row from before there was evidence has none. */
export const toKeyEvidence = (row: Columns): KeyEvidence => {
	const written = orNull(text, row, 'evidence');
	if (written === null) return softwareKey;
	const { maker: manufacturer, ...rest } = JSON.parse(written) as Written;
	return { ...rest, manufacturer };
};

export const fromKeyEvidence = ({
	custody,
	proof,
	part,
	manufacturer: maker,
	emulated,
	path,
	adopted,
}: KeyEvidence): string =>
	JSON.stringify({ custody, proof, part, maker, emulated, path, adopted } satisfies { [K in keyof Written]: unknown });

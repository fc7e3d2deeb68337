import { Problem } from '@keyward/core';

type Letters = Readonly<Record<string, string>>;

/** What IEC 61162-1 has its letters mean, by quantity. */
const speed: Letters = { K: 'km/h', M: 'm/s', N: 'kn', S: 'mph' };
const length: Letters = { M: 'm', f: 'ft', F: 'fathom' };
const heat: Letters = { C: 'Cel', F: 'degF', K: 'K' };

/** The fields of sentences that a letter in the next field gives the unit of. */
const followed: Readonly<Record<string, Readonly<Record<number, Letters>>>> = {
	MWV: { 3: speed },
	MWD: { 5: speed, 7: speed },
	VHW: { 5: speed, 7: speed },
	VTG: { 5: speed, 7: speed },
	MTW: { 1: heat },
	GGA: { 9: length, 11: length },
	DBT: { 1: length, 3: length, 5: length },
	DBK: { 1: length, 3: length, 5: length },
	DBS: { 1: length, 3: length, 5: length },
};

/** XDR: type, figure, unit and name of each transducer; by type, and units that are not here are not judged. */
const transducers: Readonly<Record<string, Letters>> = {
	C: heat,
	P: { B: 'bar', P: 'Pa' },
	H: { P: '%RH' },
};

/** The unit that a sentence itself gives a field; null where it gives none. */
export interface SaidUnit {
	readonly unit: string;
	readonly field: number;
	readonly letter: string;
}

/** Finds it in a sentence of this formatter. Throws `Problem('sentence-malformed')` for a letter that is no unit there. */
export const unitIn = (formatter: string, fields: readonly string[], field: number): SaidUnit | null => {
	const letter = fields[field] ?? '';
	if (letter === '') return null;
	const isTransducer = formatter === 'XDR' && field % 4 === 2;
	const letters = isTransducer ? transducers[fields[field - 2] ?? ''] : followed[formatter]?.[field];
	const unit = letters !== undefined && Object.hasOwn(letters, letter) ? letters[letter] : undefined;
	if (unit !== undefined) return { unit, field: field + 1, letter };
	if (letters === undefined || isTransducer) return null;
	throw new Problem(
		'sentence-malformed',
		`${formatter} gives the unit of field ${field} as ${JSON.stringify(letter)}, where ${Object.keys(letters).join(', ')} are known`,
	);
};

import { Problem } from '@keyward/core';
import { didYouMean } from '@keyward/core/spelling';
import type { Clock } from '@keyward/core/port';
import { xorOf } from './block-check.ts';
import { distinctTimes } from './distinct-times.ts';
import type { LineReader } from './lines.ts';
import { unitIn } from './nmea-unit.ts';
import { parseNumber } from './number.ts';

/** One field of an NMEA 0183 sentence. */
export interface NmeaField {
	/** `WIMWV`, or `MWV` of any talker. */
	readonly sentence: string;
	/** 1 is the first after the address. */
	readonly field: number;
	/** Fields that must say so, or the sentence is another instrument's, or another figure. */
	readonly where: readonly { readonly field: number; readonly is: string }[];
}

export interface NmeaStream extends NmeaField {
	readonly unit?: string;
}

const FIELD = /^([A-Z][A-Z0-9]{2,7}):([1-9]\d?)((?:,[1-9]\d?=[^,*]*)*)$/;

/** Reads `MWV:3` or `WIXDR:2,4=TEMP,1=C`. Throws `Problem('source-malformed')`. */
export const parseNmeaField = (text: string): NmeaField => {
	const [, sentence, field, conditions = ''] = FIELD.exec(text) ?? [];
	if (sentence === undefined || field === undefined) {
		throw new Problem(
			'source-malformed',
			`${JSON.stringify(text)} is no field of a sentence: write SENTENCE:FIELD, and FIELD=TEXT for what another must say, such as MWV:3,2=R`,
		);
	}
	return {
		sentence,
		field: Number(field),
		where: conditions
			.split(',')
			.slice(1)
			.map((condition) => {
				const at = condition.indexOf('=');
				return { field: Number(condition.slice(0, at)), is: condition.slice(at + 1) };
			}),
	};
};

/** Where an instrument says of its whole sentence that it does not hold, and how. */
const VOID: Readonly<Record<string, readonly [field: number, says: string]>> = {
	MWV: [5, 'V'],
	RMC: [2, 'V'],
	GLL: [6, 'V'],
	GGA: [6, '0'],
	RSA: [2, 'V'],
};

const SENTENCE = /^[$!]([A-Z][A-Z0-9]{2,7}(?:,[\x20-\x23\x25-\x29\x2b-\x7e]*)?)\*([0-9A-Fa-f]{2})$/;

/**
 * NMEA 0183: sentences of the instruments of ships and weather stations, dated as they come. Each must have its checksum. A sentence
 * that no stream is made of is passed over; when none comes that one is made of, that is said once, with those that do.
 */
export const nmeaLines = (streams: Readonly<Record<string, NmeaStream>>, clock: Clock): LineReader => {
	const timeOf = distinctTimes(clock);
	const seen = new Set<string>();
	let strangers = 0;
	return function* (line) {
		if (line instanceof Problem) {
			yield line.code === 'source-malformed' ? new Problem('sentence-malformed', line.detail) : line;
			return;
		}
		const text = line.text.trim();
		if (text === '') return;
		const at = `line ${line.number}`;
		const [, body, sum = ''] = SENTENCE.exec(text) ?? [];
		if (body === undefined) {
			yield new Problem('sentence-malformed', `${at}: not a whole NMEA sentence with its checksum`);
			return;
		}
		// Integrity (input-refused): figures that a bad line garbled would otherwise be believed, and signed.
		const check = xorOf(Buffer.from(body, 'latin1'));
		if (check !== Number.parseInt(sum, 16)) {
			yield new Problem(
				'sentence-checksum',
				`${at}: the checksum is ${check.toString(16).toUpperCase().padStart(2, '0')}, the sentence says ${sum}`,
			);
			return;
		}
		const [address = '', ...fields] = body.split(',');
		const mine = Object.entries(streams).filter(
			([, { sentence, where }]) =>
				(sentence === address || (sentence.length === 3 && address.length === 5 && address.endsWith(sentence))) &&
				where.every(({ field, is }) => fields[field - 1] === is),
		);
		if (mine.length > 0) strangers = Number.NEGATIVE_INFINITY;
		else {
			seen.add(address);
			strangers += 1;
			if (strangers === enough) yield nothingOfMine(streams, seen);
			if (seen.size > mostSeen) seen.clear();
		}
		for (const [stream, { field, unit }] of mine) {
			const [flag, says] = VOID[address.slice(-3)] ?? [];
			try {
				if (flag !== undefined && fields[flag - 1] === says)
					throw new Problem('sentence-void', `the instrument marks ${address} as void (${says})`);
				const figure = fields[field - 1];
				if (figure === undefined) throw new Problem('sentence-malformed', `${address} has no field ${field}`);
				if (figure === '') throw new Problem('source-no-value', `field ${field} of ${address} is empty`);
				const value = parseNumber(figure);
				const said = unitIn(address.slice(-3), fields, field);
				// Integrity (input-refused): 10 knots would be stored, and signed, as 10 m/s.
				if (said !== null && unit !== undefined && said.unit !== unit)
					throw new Problem(
						'sentence-malformed',
						`${address} gives field ${field} in ${said.unit} (field ${said.field} is ${said.letter}), not in ${unit}: run with --convert ${stream}=${said.unit}, or let --map take another sentence or field`,
					);
				const one = unit ?? said?.unit;
				yield { stream, time: timeOf(stream), value, ...(one === undefined ? {} : { unit: one }) };
			} catch (error) {
				if (!(error instanceof Problem)) throw error;
				const code = error.code === 'source-malformed' ? 'sentence-malformed' : error.code;
				yield new Problem(code, `${at}: ${stream}: ${error.detail}`);
			}
		}
	};
};

/** So many good sentences without one that a stream is made of are a mistake in the map. */
const enough = 100;
const mostSeen = 100;

const nothingOfMine = (streams: Readonly<Record<string, NmeaStream>>, seen: ReadonlySet<string>): Problem => {
	const [first] = Object.values(streams);
	const names = [...seen].toSorted();
	return new Problem(
		'source-unavailable',
		`${enough} sentences came, and none that a stream is made of${didYouMean(first?.sentence ?? '', names)}: the instrument sends ${names.join(', ')}`,
	);
};

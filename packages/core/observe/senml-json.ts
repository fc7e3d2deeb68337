import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { doubtLabel, type ShownDoubt } from './doubt.ts';
import { type RawRecord, type ResolvedRecord, resolvePack } from './senml.ts';
import { senmlOfInstant } from './senml-time.ts';

/** A record to be written. */
export interface RecordToWrite {
	readonly name: string;
	readonly unit: string;
	readonly time: Instant;
	readonly value: number | string | boolean;
	/** What is doubtful about it; left out where nothing is. */
	readonly doubt?: readonly ShownDoubt[];
}

/** The label that carries a value. */
export const valueLabel = (value: number | string | boolean): 'v' | 'vs' | 'vb' =>
	typeof value === 'number' ? 'v' : typeof value === 'string' ? 'vs' : 'vb';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads `application/senml+json` (RFC 8428 §5). Throws `Problem('senml-malformed')`. */
export const decodeSenmlJson = (bytes: Uint8Array, now: Instant | null = null): (ResolvedRecord | Problem)[] => {
	return resolvePack(packOf(textOf(bytes), bytes, 'the payload'), now);
};

/** Reads a JSON document in which no name stands twice in one object. Throws `Problem('senml-malformed')`. */
export const parseOnce = (bytes: Uint8Array): unknown => {
	const value = parseJson(textOf(bytes), 'it is no JSON document');
	refuseTwice(bytes, [value], 'a name stands twice in one object (RFC 8259 §4)');
	return value;
};

const packOf = (text: string, bytes: Uint8Array, what: string): unknown[] => {
	const pack = parseJson(text, `${what} is not JSON`);
	if (!Array.isArray(pack)) throw new Problem('senml-malformed', 'a SenML pack is a JSON array (RFC 8428 §5)');
	refuseTwice(bytes, pack);
	return pack;
};

/** Reads the records of a pack on one line, not resolved yet. Throws `Problem('senml-malformed')`. */
export const parseSenmlPack = (text: string): RawRecord[] =>
	packOf(text, new TextEncoder().encode(text), 'this').map((record) => {
		if (typeof record === 'object' && record !== null && !Array.isArray(record)) return record as RawRecord;
		throw new Problem('senml-malformed', 'each record of a pack is an object (RFC 8428 §4)');
	});

/** Reads one record, as it stands in a pack. Throws `Problem('senml-malformed')`. */
export const parseSenmlRecord = (text: string): RawRecord => {
	const record = parseJson(text, 'this is not a JSON object on one line');
	if (typeof record !== 'object' || record === null || Array.isArray(record)) {
		throw new Problem('senml-malformed', 'this is not a JSON object on one line');
	}
	refuseTwice(new TextEncoder().encode(text), [record]);
	return record as RawRecord;
};

const textOf = (bytes: Uint8Array): string => {
	try {
		return utf8.decode(bytes);
	} catch (cause) {
		throw new Problem('senml-malformed', 'the payload is not UTF-8 (RFC 8259 §8.1)', { cause });
	}
};

/** What programs write that lack a number, and what a comma that is a decimal point looks like: outside strings. */
const noNumber = /[:[,]\s*(-?(?:NaN|nan|Infinity|inf))\b/;
const decimalComma = /:\s*-?\d+,\d+\s*[,}]/;

const parseJson = (text: string, wrong: string): unknown => {
	try {
		return JSON.parse(text) as unknown;
	} catch (cause) {
		const [, word] = noNumber.exec(text) ?? [];
		const why =
			word !== undefined
				? `; JSON has no ${word}: leave the record out where there is no value`
				: decimalComma.test(text)
					? '; numbers have a decimal point, not a comma'
					: '';
		throw new Problem('senml-malformed', wrong + why, { cause });
	}
};

/** RFC 8428 §5: two readers of a label that stands twice could see two values (as in CBOR, RFC 8949 §5.6). */
const refuseTwice = (
	text: Uint8Array,
	pack: readonly unknown[],
	wrong = 'a label stands twice in one record (RFC 8428 §5)',
): void => {
	if (membersWritten(text) !== membersKept(pack)) throw new Problem('senml-malformed', wrong);
};

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];

/** Members of objects in a JSON text that was parsed: its colons outside strings. */
const membersWritten = (text: Uint8Array): number => {
	let members = 0;
	let inString = false;
	for (let at = 0; at < text.length; at++) {
		const octet = text[at];
		if (octet === QUOTE) inString = !inString;
		else if (inString) at += Number(octet === BACKSLASH);
		else if (octet === COLON) members++;
	}
	return members;
};

/** Members of all objects in a parsed value, which keeps the last of each name. */
const membersKept = (pack: readonly unknown[]): number => {
	let members = 0;
	// Nearly always empty: what SenML defines has no objects in records. No recursion, which nesting would exhaust.
	const deeper: object[] = [];
	for (const record of pack) if (typeof record === 'object' && record !== null) members += membersOf(record, deeper);
	for (let value = deeper.pop(); value !== undefined; value = deeper.pop()) members += membersOf(value, deeper);
	return members;
};

const membersOf = (value: object, deeper: object[]): number => {
	let members = 0;
	for (const key in value) {
		members++;
		const member: unknown = value[key as keyof typeof value];
		if (typeof member === 'object' && member !== null) deeper.push(member);
	}
	return Array.isArray(value) ? 0 : members;
};

/** Writes `application/senml+json`. */
export const encodeSenmlJson = (records: readonly RecordToWrite[]): Uint8Array =>
	new TextEncoder().encode(
		JSON.stringify(
			records.map(({ name, unit, time, value, doubt }) => ({
				n: name,
				u: unit,
				t: senmlOfInstant(time),
				[valueLabel(value)]: value,
				...(doubt !== undefined && { [doubtLabel]: doubt.join(' ') }),
			})),
		),
	);

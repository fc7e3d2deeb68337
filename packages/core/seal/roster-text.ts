import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { writtenInstant } from '../units/written-instant.ts';

// JSON that is taken in one way only (I-JSON, RFC 7493 §2.3: no member twice), and its members by name.

/** Throws `Problem('roster-malformed')`. */
export const strictJson = (bytes: Uint8Array): unknown => {
	let text: string;
	let value: unknown;
	try {
		text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
		value = JSON.parse(text);
	} catch (cause) {
		throw new Problem('roster-malformed', 'The roster is not JSON in UTF-8.', { cause });
	}
	const open: Set<string>[] = [];
	// It is JSON: what is left to see is strings before a colon, and where objects and arrays begin and end.
	for (const [token, name, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
		if (token === '{' || token === '[') open.push(new Set());
		else if (token === '}' || token === ']') open.pop();
		else if (name !== undefined && colon !== undefined) {
			const names = open.at(-1);
			const plain = String(JSON.parse(name));
			if (names?.has(plain)) throw wrong(plain, 'is there twice');
			names?.add(plain);
		}
	}
	return value;
};

export const wrong = (where: string, why: string): Problem =>
	new Problem('roster-malformed', `In the roster, ${JSON.stringify(where)} ${why}.`);

/** The members of an object that has these, those in `optional` or not, and no others. */
export const membersOf = (
	value: unknown,
	where: string,
	needed: readonly string[],
	optional: readonly string[] = [],
): Readonly<Record<string, unknown>> => {
	const members = objectOf(value, where);
	for (const name of Object.keys(members)) {
		if (!needed.includes(name) && !optional.includes(name)) throw wrong(`${where}.${name}`, 'is not known');
	}
	for (const name of needed) if (!Object.hasOwn(members, name)) throw wrong(`${where}.${name}`, 'is missing');
	return members;
};

export const objectOf = (value: unknown, where: string): Readonly<Record<string, unknown>> => {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(where, 'is no object');
	return value as Readonly<Record<string, unknown>>;
};

export const textOf = (value: unknown, where: string): string => {
	if (typeof value !== 'string') throw wrong(where, 'is no text');
	return value;
};

/** RFC 3339 in UTC, whole seconds or milliseconds. */
export const timeOf = (value: unknown, where: string): Instant => {
	const text = textOf(value, where);
	const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/.test(text) ? writtenInstant(text) : null;
	if (at === null) throw wrong(where, 'is no time such as 2026-01-31T00:00:00Z');
	return at;
};

export const base64Of = (value: unknown, where: string): Uint8Array => {
	const text = textOf(value, where);
	const bytes = new Uint8Array(Buffer.from(text, 'base64'));
	// One spelling for one key.
	if (text === '' || Buffer.from(bytes).toString('base64') !== text) throw wrong(where, 'is not base64');
	return bytes;
};

import type { ErrorCode } from '../problem/code.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { writtenInstant } from '../units/written-instant.ts';

/** Reads members of JSON that nobody has vouched for; what is not as it should be throws a `Problem` that says where. */
export interface JsonReader {
	readonly refuse: (path: string, why: string) => Problem;
	/** The parsed text. */
	parse(text: string): JsonObject;
	object(value: unknown, path: string): JsonObject;
	/** Empty where there is none. */
	list(value: unknown, path: string): readonly unknown[];
	/** A text that is not empty; null where there is none. */
	text(value: unknown, path: string): string | null;
	needText(value: unknown, path: string): string;
	texts(value: unknown, path: string): readonly string[];
	/** RFC 3339; null where there is none. */
	instant(value: unknown, path: string): Instant | null;
	needInstant(value: unknown, path: string): Instant;
}

export type JsonObject = Readonly<Record<string, unknown>>;

const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

export const jsonReader = (code: ErrorCode, noun: string): JsonReader => {
	const refuse = (path: string, why: string): Problem => new Problem(code, `${path === '' ? noun : path} ${why}`);
	const object = (value: unknown, path: string): JsonObject => {
		if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(path, 'must be an object.');
		return value as JsonObject;
	};
	const text = (value: unknown, path: string): string | null => {
		if (value === undefined) return null;
		if (typeof value !== 'string' || value.trim() === '') throw refuse(path, 'must be a text that is not empty.');
		return value;
	};
	const list = (value: unknown, path: string): readonly unknown[] => {
		if (value === undefined) return [];
		if (!Array.isArray(value)) throw refuse(path, 'must be a list.');
		return value;
	};
	const instant = (value: unknown, path: string): Instant | null => {
		const written = text(value, path);
		if (written === null) return null;
		const at = TIME.test(written) ? writtenInstant(written) : null;
		if (at === null) throw refuse(path, 'must be a time such as 2026-11-27T08:00:00Z.');
		return Math.max(0, at);
	};
	const needed = <Value>(found: Value | null, path: string): Value => {
		if (found === null) throw refuse(path, 'is missing.');
		return found;
	};
	return {
		...{ refuse, object, text, list, instant },
		parse: (json) => {
			try {
				return object(JSON.parse(json), '');
			} catch (error) {
				if (error instanceof Problem) throw error;
				throw refuse('', 'is no JSON, or was cut short.');
			}
		},
		needText: (value, path) => needed(text(value, path), path),
		texts: (value, path) => list(value, path).map((one, at) => needed(text(one, `${path}[${at}]`), `${path}[${at}]`)),
		needInstant: (value, path) => needed(instant(value, path), path),
	};
};

import { isName } from '../device/name.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import { type Members, type StrictDocument, quote, type Value } from './document.ts';
import { parseSpan } from './span.ts';

export const NAME = 'a name of up to 64 small letters, digits, dots and dashes (in quotes where it could be a number)';

/** Accepts one of these, exactly. */
export const oneOf =
	<T>(allowed: readonly T[]) =>
	(scalar: unknown): T | null =>
		allowed.find((one) => one === scalar) ?? null;

/** Accepts a name. */
export const name = (scalar: unknown): string | null => (typeof scalar === 'string' && isName(scalar) ? scalar : null);

export const span = (document: StrictDocument, value: Value): Milliseconds | null =>
	document.scalar(value, 'a span of time with a unit, such as 10s', (scalar) =>
		typeof scalar === 'string' ? parseSpan(scalar) : null,
	);

/** A list of scalars, none of them twice. Null when one is not as it should be. */
export const list = <T extends string>(
	document: StrictDocument,
	value: Value,
	expects: string,
	accept: (scalar: unknown) => T | null,
	least: 0 | 1,
): T[] | null => {
	const items = document.items(value);
	if (items === null) return null;
	if (items.length < least) {
		document.bad(value.offset, `${value.path} must name at least one`);
		return null;
	}
	const found: T[] = [];
	for (const item of items) {
		const one = document.scalar(item, expects, accept);
		if (one === null) continue;
		if (found.includes(one)) document.bad(item.offset, `${value.path} names ${one} twice`);
		else found.push(one);
	}
	return found.length === items.length ? found : null;
};

/** The members of a mapping of names that the team chose, at least one. */
export const named = (document: StrictDocument, value: Value): Members | null => {
	const members = document.members(value, null);
	if (members?.size === 0) document.bad(value.offset, `${value.path} must name at least one`);
	for (const [key, { keyOffset }] of members ?? []) {
		if (!isName(key)) document.bad(keyOffset, `${quote(key)} in ${value.path} must be ${NAME}`);
	}
	return members;
};

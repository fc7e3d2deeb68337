import { Buffer as Plain } from 'buffer';

/** `base64url` and what else of Node's Buffer the readers use and the package has not. */
const isUrl = (encoding: unknown): boolean => encoding === 'base64url';

const from = Plain.from.bind(Plain) as (...given: unknown[]) => Plain;
Object.assign(Plain, {
	from: (value: unknown, encoding?: unknown, length?: unknown) =>
		isUrl(encoding)
			? from(String(value).replaceAll('-', '+').replaceAll('_', '/'), 'base64')
			: from(value, encoding, length),
});

const prototype = Plain.prototype as Plain;
const plainText = prototype.toString as (this: Plain, ...given: unknown[]) => string;
prototype.toString = function (this: Plain, encoding?: string, start?: number, end?: number): string {
	const text = plainText.call(this, isUrl(encoding) ? 'base64' : encoding, start, end);
	return isUrl(encoding) ? text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') : text;
};

// The package copies all of the other one at each call.
prototype.compare = function (
	this: Plain,
	other: Uint8Array,
	from = 0,
	to = other.length,
	ownFrom = 0,
	ownTo = this.length,
): -1 | 0 | 1 {
	const [length, ownLength] = [to - from, ownTo - ownFrom];
	for (let at = 0; at < Math.min(length, ownLength); at++) {
		const difference = (this[ownFrom + at] ?? 0) - (other[from + at] ?? 0);
		if (difference !== 0) return difference < 0 ? -1 : 1;
	}
	return ownLength === length ? 0 : ownLength < length ? -1 : 1;
};

export { Plain as Buffer };

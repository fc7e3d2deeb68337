import { isName } from '../device/name.ts';
import { DEVICE } from './topic-map.ts';

const LONGEST_NAME = 64;

/**
 * A device's name for which two topics of maps are one; null when there is none. CR 3.5: with two maps for one message, which streams its
 * values are filed under would hang on the order of the policy's lines.
 */
export const sharedBy = (a: string, b: string): string | null => {
	// No name has a slash.
	if (a.split('/').length !== b.split('/').length) return null;
	for (let length = 1; length <= LONGEST_NAME; length++) {
		const [left, right] = [spelt(a, length), spelt(b, length)];
		const name = left.length === right.length ? nameFor(left, right, length) : null;
		if (name !== null) return name;
	}
	return null;
};

/** A topic letter by letter; a number is a letter of the device's name. */
const spelt = (topic: string, length: number): (string | number)[] =>
	topic
		.split(DEVICE)
		.flatMap((part, index) => [...(index === 0 ? [] : Array.from({ length }, (_, at) => at)), ...part.split('')]);

/** Letters of a name that make both the same; those that nothing says are `x`. */
const nameFor = (
	left: readonly (string | number)[],
	right: readonly (string | number)[],
	length: number,
): string | null => {
	/** By the letters that must be the same, the one that stands for them all. */
	const same = Array.from({ length }, (_, at) => at);
	const first = (at: number): number => {
		let found = at;
		for (let next = same[found] ?? found; next !== found; next = same[found] ?? found) found = next;
		return found;
	};
	const letters = new Map<number, string>();
	const pairs = left.map((one, at) => [one, right[at] ?? ''] as const);
	for (const [one, other] of pairs)
		if (typeof one === 'number' && typeof other === 'number') same[first(one)] = first(other);
	for (const [one, other] of pairs) {
		if (typeof one === 'number' && typeof other === 'number') continue;
		if (typeof one === 'string' && typeof other === 'string') {
			if (one !== other) return null;
			continue;
		}
		const [at, letter] = typeof one === 'number' ? [first(one), String(other)] : [first(Number(other)), one];
		if ((letters.get(at) ?? letter) !== letter) return null;
		letters.set(at, letter);
	}
	const name = same.map((_, at) => letters.get(first(at)) ?? 'x').join('');
	return isName(name) ? name : null;
};

import type { Content } from '../content/content.ts';
import { isWhole, readValue } from '../key/der.ts';
import type { Carver } from '../content/window.ts';
import { readDerObject } from './der-object.ts';

/** The longest certificate or key that is carved. */
const LONGEST = 65_536;

/** How the first value inside may begin: a SEQUENCE that fits, or a small version number, or a long modulus. */
const looksLikely = (bytes: Uint8Array, at: number, limit: number): boolean => {
	const outer = readValue(bytes, at, Math.min(limit, at + LONGEST));
	if (outer === null || outer.end - outer.contents < 32) return false;
	const inner = readValue(bytes, outer.contents, outer.end);
	if (inner === null) return false;
	if (inner.tag === 0x30) {
		const tag = bytes[inner.contents];
		return inner.end < outer.end && (tag === 0xa0 || tag === 0x02 || tag === 0x06);
	}
	if (inner.tag !== 0x02 || inner.end >= outer.end) return false;
	const length = inner.end - inner.contents;
	return length > 32 || (length === 1 && (bytes[inner.contents] ?? 9) <= 3);
};

/** Carves certificates, requests and keys in DER out of any bytes, by their structure. */
export const derCarver = (content: Content): Carver => {
	let stopped = false;
	return (window, base, from, to) => {
		let at = from;
		while (!stopped) {
			at = window.indexOf(0x30, at);
			if (at === -1 || at >= to) return to;
			const second = window[at + 1] ?? 0;
			if ((second < 0x20 || second > 0x7f) && second !== 0x81 && second !== 0x82) at++;
			else if (looksLikely(window, at, window.length)) at = carve(window, base, at);
			else at++;
		}
		return to;
	};

	function carve(window: Uint8Array, base: number, at: number): number {
		const value = readValue(window, at, window.length);
		if (value === null) return at + 1;
		const before = content.spent.walk.left;
		const whole = isWhole(window, value, content.spent.walk);
		if (content.spent.walk.left < 0 && !stopped) {
			stopped = true;
			content.problem(
				'too many bytes look like keys in DER and are not; the search for them stopped',
				`byte ${base + at}`,
			);
		}
		if (!whole) return at + 1;
		const object = window.subarray(value.start, value.end);
		const found = content.isRepeat(object) || readDerObject(object, content, `byte ${base + at}`, true);
		if (found) content.spent.walk.left = before;
		return found ? value.end : at + 1;
	}
};

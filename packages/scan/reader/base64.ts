import type { Content } from '../content/content.ts';
import { isWhole, readValue } from '../key/der.ts';
import type { Carver } from '../content/window.ts';
import { readCarved } from './carved.ts';
import { readDerObject } from './der-object.ts';
import { pemCarvers } from './pem.ts';

/** Base64 of `-----BEGIN `, as Kubernetes secrets and environment files have it; the rest of the block follows. */
const PEM = 'LS0tLS1CRUdJTi';
/** Octets of the longest certificate, key or container, and characters of the longest PEM bundle that is unwrapped. */
const LONGEST_DER = 65_536;
const LONGEST_PEM = 196_608;
/** A shorter line is not wrapped base64 that goes on in the next. */
const SHORTEST_LINE = 40;

const isDigit = new Uint8Array(256);
for (const digit of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_'))
	isDigit[digit] = 1;
const [BACKSLASH, N, R, SPACE, QUOTE, M] = [0x5c, 0x6e, 0x72, 0x20, 0x22, 0x4d];

/** Digits of base64, also of base64url, from `at` on, over line ends (also `\n` in a string) where the first line is long enough. */
const digitsFrom = (window: Buffer, start: number, most: number): { readonly text: string; readonly end: number } => {
	let text = '';
	let at = start;
	while (text.length < most) {
		const from = at;
		while (at < window.length && at - from < most - text.length && isDigit[window[at] ?? 0] === 1) at++;
		text += window.toString('latin1', from, at);
		if (at === from || text.length < SHORTEST_LINE) break;
		const lineEnd = at;
		for (let blanks = 0; blanks < 64; blanks++) {
			const octet = window[at] ?? 0;
			const escaped = octet === BACKSLASH && (window[at + 1] === N || window[at + 1] === R);
			// Strings that follow one another are one, in records of DNS and in C.
			if (octet === SPACE || octet === QUOTE || (octet >= 0x09 && octet <= 0x0d)) at++;
			else if (escaped) at += 2;
			else break;
		}
		if (at === lineEnd) break;
	}
	return { text, end: at };
};

/** True for the body of a PEM block, which is read as that. */
const isPemBody = (window: Buffer, at: number): boolean =>
	/-----(?:\s|\\[nr]|["'+,]){0,32}$/.test(window.toString('latin1', Math.max(0, at - 40), at));

/** The longest line of wrapped base64 (RFC 2045 §6.8). */
const LONGEST_LINE = 76;

/** True for a line in the midst of wrapped base64: a key inside a certificate may begin a line, and is no second key. */
const isContinuation = (window: Buffer, at: number): boolean => {
	const before = window.toString('latin1', Math.max(0, at - 160), at).replace(/(?:\s|\\[nr]){1,64}$/, '');
	const digits = /[^A-Za-z0-9+/]([A-Za-z0-9+/]{1,120})$/.exec(` ${before}`)?.[1] ?? '';
	return digits.length >= SHORTEST_LINE && digits.length <= LONGEST_LINE;
};

/** Length of the DER value that these first digits begin; 0 when they begin none of a key's or certificate's. */
const lengthOf = (digits: string): number => {
	const [tag, first = 0, second = 0, third = 0] = Buffer.from(digits, 'base64');
	if (tag !== 0x30) return 0;
	if (first >= 0x20 && first < 0x80) return first + 2;
	return first === 0x81 ? second + 3 : first === 0x82 ? (second << 8) + third + 4 : 0;
};

/** Finds base64 of PEM or of DER among any bytes, where no PEM marks stand around it: in YAML, JSON, CSV, XML, environment files. */
export const base64Carver = (content: Content): Carver => {
	let stopped = false;
	/** Where the last value that was read ends in the stream: what follows it begins another. */
	let lastEnd = -1;
	return (window, base, from, to) => {
		const placeOf = (what: string | number, at: number): number => {
			const found = window.indexOf(what, at);
			return found === -1 ? to : found;
		};
		let pem = placeOf(PEM, from);
		for (let at = from; ; at++) {
			if (pem < at) pem = placeOf(PEM, at);
			at = Math.min(pem, stopped ? to : placeOf(M, at));
			if (at >= to) return at;
			if (at > 0 && isDigit[window[at - 1] ?? 0] === 1) continue;
			const where = `base64 at byte ${base + at}`;
			if (at === pem) {
				const { text, end } = digitsFrom(window, at, LONGEST_PEM);
				if (text.length === LONGEST_PEM) content.problem('base64 of PEM is so long that its end was not read', where);
				const bytes = Buffer.from(text, 'base64');
				for (const carver of pemCarvers(content.within(where))) carver(bytes, 0, 0, bytes.length);
				at = Math.max(at, end - 1);
			} else if (lastEnd === base + at || !isContinuation(window, at)) {
				const end = readDer(window, at, where);
				if (end === 0) continue;
				lastEnd = base + end;
				at = end - 1;
			}
		}
	};

	/** Reads the DER value written from `at` on; gives where its digits end, 0 when it is not one. */
	function readDer(window: Buffer, at: number, where: string): number {
		const length = lengthOf(window.toString('latin1', at, at + 8));
		if (length === 0 || length > LONGEST_DER || isPemBody(window, at)) return 0;
		const digits = Math.ceil((length * 4) / 3);
		const { text, end } = digitsFrom(window, at, digits);
		content.spent.walk.left -= text.length;
		if (content.spent.walk.left < 0) {
			stopped = true;
			content.problem('too many bytes look like keys in base64 and are not; the search for them stopped', where);
		}
		if (text.length < digits) return 0;
		const der = Buffer.from(text, 'base64');
		const value = readValue(der, 0, der.length);
		if (value === null || value.end !== length || !isWhole(der, value, content.spent.walk)) return 0;
		const inner = content.within(where);
		const one = der.subarray(0, length);
		if (inner.isRepeat(one)) return end;
		return readDerObject(one, inner, 'DER', false) || readCarved(one, inner, 'PKCS#7') ? end : 0;
	}
};

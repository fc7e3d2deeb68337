import { hasKeyWord } from '../list/trade-names.ts';
import { PROGRAM_WORD } from './program-settings.ts';

/** What a text has that may be a key; all are upper bounds, of one pass over it. */
export interface KeyShapes {
	/** Hex digits in a row. */
	readonly hex: number;
	/** Two hex digits with at most one mark behind them, over and over. */
	readonly pairs: number;
	/** Letters of base64 in a row. */
	readonly base64: number;
	/** As many as a key of 16 octets takes, and the padding behind them. */
	readonly isPadded: boolean;
	readonly commas: number;
	readonly backslashes: number;
	readonly isAscii: boolean;
}

const [OTHER, HEX, LETTER, MARK, COMMA, BACKSLASH, EQUALS] = [0, 1, 2, 3, 4, 5, 6];
const kinds = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
	const character = String.fromCharCode(code);
	if (/[0-9A-Fa-f]/.test(character)) kinds[code] = HEX;
	else if (/[A-Za-z+/]/.test(character)) kinds[code] = LETTER;
	else if (/[\s:-]/.test(character)) kinds[code] = MARK;
}
kinds[0x2c] = COMMA;
kinds[0x5c] = BACKSLASH;
kinds[0x3d] = EQUALS;

/** The fewest letters of base64 that say 16 octets, before their padding. */
const LETTERS = 22;

export const keyShapesIn = (text: string): KeyShapes => {
	let hex = 0;
	let longestHex = 0;
	let pairs = 0;
	let mostPairs = 0;
	let base64 = 0;
	let longestBase64 = 0;
	let isPadded = false;
	let commas = 0;
	let backslashes = 0;
	let isAscii = true;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		const kind = code < 128 ? kinds[code] : OTHER;
		if (code >= 128) isAscii = false;
		if (kind === HEX) {
			hex++;
			base64++;
			continue;
		}
		// A run of hex ends.
		if (hex > 0) {
			if (hex > longestHex) longestHex = hex;
			pairs += hex >> 1;
			if (pairs > mostPairs) mostPairs = pairs;
			if (hex === 1 || kind !== MARK) pairs = 0;
			hex = 0;
		} else pairs = 0;
		if (kind === LETTER) {
			base64++;
			continue;
		}
		if (base64 > longestBase64) longestBase64 = base64;
		if (kind === EQUALS) isPadded ||= base64 >= LETTERS;
		else if (kind === COMMA) commas++;
		else if (kind === BACKSLASH) backslashes++;
		base64 = 0;
	}
	return {
		hex: Math.max(longestHex, hex),
		pairs: Math.max(mostPairs, pairs + (hex >> 1)),
		base64: Math.max(longestBase64, base64),
		isPadded,
		commas,
		backslashes,
		isAscii,
	};
};

/** Could 16 octets stand in a field of a list that is written so? Hex, with marks or without, and base64 by its padding. */
export const couldBeInList = ({ hex, pairs, isPadded }: KeyShapes): boolean => hex >= 32 || pairs >= 16 || isPadded;

/** Base64 that ends a line, as {@link base64Texts} reads it, and a point of P-256 (0x04 …), alone in a line. */
const BASE64 = /[A-Za-z0-9+/]{32}={0,2}["'`;,)<\s]{0,8}(?:$|[\r\n])|B[A-P][\w+/-]{40}/;
/** Two digits at a time: with a mark between, as fingerprints have them, and as words and dates do not. */
const PAIRS = /(?:[0-9A-Fa-f]{2}[:\-\s]){14}/;
const SHORT_PAIRS = /[0-9A-Fa-f]{2}(?:[:\-\s]?[0-9A-Fa-f]{2}){7}/;
const ESCAPES = /(?:\\x[0-9A-Fa-f]{2}){8}/;
const NUMBERS =
	/(?:(?:\d[\dA-Fa-fx#]{0,5}|&H[0-9a-f]{1,2}|\$[0-9a-f]{1,2})(?:u8|u|\.toByte\(\))?\s*,\s*(?:\(byte\)\s*)?-?){7}/i;
/** The same one below the other, in YAML. */
const ITEMS = /(?:(?:\r\n?|\n)[^\S\r\n]{0,64}-[^\S\r\n]{1,8}(?:0x[0-9A-Fa-f]{1,2}|\d{1,3})[^\S\r\n]{0,8}){8}/;
/** Numbers of keys that `openssl -text`, dnssec-keygen and .NET write, and DNSKEY. */
const KEY_TEXT = /modulus|pub:|key\s+\d/i;

/**
 * False where a text holds nothing that readers of settings and source code could give: none of the forms of a key, no setting that
 * is one in words. Every form that they read must be here.
 */
export const couldHoldSettings = (text: string, shapes: KeyShapes): boolean => {
	const { hex, pairs, base64, isPadded, commas, backslashes, isAscii } = shapes;
	// `alike-records`, `headed-keys`, `paired-lists` and what needs no word: 20 octets of NTP in hex are the shortest.
	if (hex >= 20 || isPadded) return true;
	if (base64 >= 32 && BASE64.test(text)) return true;
	if (pairs >= 14 && PAIRS.test(text)) return true;
	if (backslashes >= 8 && ESCAPES.test(text)) return true;
	if (PROGRAM_WORD.test(text) || KEY_TEXT.test(text)) return true;
	const isArray = commas >= 7 && NUMBERS.test(text);
	if (!isArray && !(pairs >= 8 && SHORT_PAIRS.test(text)) && !ITEMS.test(text)) return false;
	// All others stand behind a word for a key; names of elements of XML may be in another language.
	return (isArray && hasArrayOfKeys(text)) || hasKeyWord(text) || (!isAscii && text.includes('<'));
};

const LONG_NUMBERS = /(?:(?:\d[\dA-Fa-fx#]{0,5}|&H[0-9a-f]{1,2}|\$[0-9a-f]{1,2})(?:u8|u)?\s*,\s*(?:\(byte\)\s*)?){15}/i;
/** Records have arrays of 16 octets and more, with or without a word. */
const hasArrayOfKeys = (text: string): boolean => LONG_NUMBERS.test(text);

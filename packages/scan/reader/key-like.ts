import { bytesOfBase64, hexOf } from '../list/secret.ts';

/** Stands for a key in a line whose keys were taken out. */
export const KEY = '\ufffc';

/** A line of source code, settings or a log without what looks like keys, each of which {@link KEY} stands for. */
export interface Unkeyed {
	readonly text: string;
	readonly secrets: readonly Uint8Array[];
}

/** 16, 24 or 32 octets in hex; with colons, dashes or blanks between them; in base64 by its padding; as escapes; as an array of numbers. */
const FORM =
	/(?<=\d\s{1,8}SHA-?1\s{1,8}(?:HEX:)?)[0-9a-f]{40}(?![0-9a-f])|(?<![0-9A-Za-z+/_.-])(?:0x|16#|&H)?(?:[0-9a-f]{64}|[0-9a-f]{48}|[0-9a-f]{32})(?![0-9A-Za-z+/=_-])|(?<![\w:+/-])(?:[0-9a-f]{2}[:\- ]){15}(?:(?:[0-9a-f]{2}[:\- ]){8}){0,2}[0-9a-f]{2}(?![\w:+/=-])|(?<![\w+/-])(?:[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{43}=)(?![\w+/=])|(?:\\x[0-9a-f]{2}){16,32}(?!\\x)|(?:[{([<]\s{0,4}|<<)(?:\(byte\)\s?)?(?:(?:0x|16#|&H|\$)[0-9a-f]{1,2}|\d{1,3})(?:u8|u)?(?:\s{0,4},\s{0,4}(?:\(byte\)\s?)?(?:(?:0x|16#|&H|\$)[0-9a-f]{1,2}|\d{1,3})u?){15,31}\s{0,4},?\s{0,4}[})\]>]/gi;

const LENGTHS = [16, 20, 24, 32];
/** Of 16 random octets some 15 differ. */
const FEWEST = 7;

const octetsOf = (written: string): Uint8Array | null => {
	if (written.startsWith('\\x')) return hexOf(written.replaceAll('\\x', ''));
	if (written.includes(',')) {
		const numbers = [...written.matchAll(/(0x|16#|&H|\$)?([0-9a-f]{1,3})(?=u8|u|[\s,})\]>])/gi)].map(
			([, mark, digits]) => Number.parseInt(digits ?? '', mark === undefined ? 10 : 16),
		);
		return numbers.every((number) => number < 256) ? Uint8Array.from(numbers) : null;
	}
	if (written.endsWith('=')) return bytesOfBase64(written);
	return hexOf(written.replace(/^(?:16#|&H)/i, ''));
};

/** True for what only a random generator makes; not a date, a counter or a filler. */
const isRandom = (secret: Uint8Array): boolean => LENGTHS.includes(secret.length) && new Set(secret).size >= FEWEST;

/** The line without what looks like keys; null where nothing does. */
export const unkeyed = (line: string): Unkeyed | null => {
	const secrets: Uint8Array[] = [];
	const text = line.replaceAll(KEY, '?').replaceAll(FORM, (written) => {
		const secret = octetsOf(written);
		if (secret === null || !isRandom(secret)) return written;
		secrets.push(secret);
		return KEY;
	});
	return secrets.length === 0 ? null : { text, secrets };
};

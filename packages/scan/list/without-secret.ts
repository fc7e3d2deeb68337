import { isRandomText } from './secret.ts';
import { printable } from '../text/printable.ts';

const NOT_SHOWN = '(not shown)';
/** Shorter text stands in a label by chance. */
const LEAST = 8;
/** Fewer octets are no key, so that a name that has as many may be one. */
const KEY = 16;

const MARK = /[\s:._=-]/;
const plain = (text: string): string => text.replaceAll(/[\s:._=-]/g, '').toLowerCase();
const isKeyLike = (name: string): boolean =>
	/^(?:0x)?(?:[0-9a-f]{2}){16,}$/i.test(name) ||
	(/^[A-Za-z0-9+/]{22,}={1,2}$/.test(name) && name.length % 4 === 0) ||
	(name.length >= 22 && isRandomText(name));

export interface Labelled {
	readonly label: string;
	/** The name looks more like a key than the key does: a list whose titles are swapped. */
	readonly swapped: boolean;
}

const [OTHER, LETTER, DASH, SPACE] = [0, 1, 2, 3];
/** Letters of hex and base64, the two more of base64url, what else {@link plain} leaves out. */
const kinds = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
	const character = String.fromCharCode(code);
	if (/[A-Za-z0-9+/]/.test(character)) kinds[code] = LETTER;
	else if (/[_-]/.test(character)) kinds[code] = DASH;
	else if (MARK.test(character)) kinds[code] = SPACE;
}

/** The most letters that may follow one another in `text`, or in the plain form of it. */
const lettersInRow = (text: string, isPlain: boolean): number => {
	let run = 0;
	let most = 0;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		// The sign of the kelvin is a `k` in small letters.
		if (code > 127 && isPlain) return Number.POSITIVE_INFINITY;
		const kind = code > 127 ? OTHER : kinds[code];
		if (kind === LETTER) most = Math.max(most, ++run);
		else if (kind === OTHER || (kind === SPACE && !isPlain)) run = 0;
	}
	return most;
};

/** How many letters and digits base64url has for these octets, the fewest of all ways to write them but text. */
const fewestLetters = (octets: Uint8Array): number => {
	let letters = Math.ceil((octets.length * 4) / 3);
	for (let at = 0; at < octets.length; at += 3) {
		const three = ((octets[at] ?? 0) << 16) | ((octets[at + 1] ?? 0) << 8) | (octets[at + 2] ?? 0);
		for (let shift = 0; shift < 24; shift += 6) if (((three >> shift) & 63) > 61) letters--;
	}
	return letters;
};

/**
 * True where the octets are no UTF-8 for certain: what goes on with a character stands behind ASCII, or the begin of one before what does
 * not go on with it. Read as text they have a replacement character.
 */
const isNoText = (octets: Uint8Array): boolean => {
	let before = 0;
	for (const octet of octets) {
		const goesOn = octet >= 0x80 && octet < 0xc0;
		if (before < 0x80 ? goesOn : before >= 0xc0 && !goesOn) return true;
		before = octet;
	}
	return false;
};

/** False where neither text can hold the secret in any of the forms looked for: as of most, whose names are shorter than their keys. */
const couldRepeat = (label: string, secret: Uint8Array, device: string): boolean => {
	const fewest = fewestLetters(secret);
	return (
		lettersInRow(label, false) >= fewest ||
		lettersInRow(device, true) >= fewest ||
		!isNoText(secret) ||
		label.includes('\ufffd') ||
		device.includes('\ufffd')
	);
};

/**
 * The label of a key in which neither the key is shown, where a name or a section repeats it, nor a name that may be a key itself: in
 * a list whose titles are swapped the name is the key.
 */
export const withoutSecret = (label: string, secret: Uint8Array, device: string | null): Labelled => {
	const swapped = device !== null && secret.length < KEY && isKeyLike(device);
	if (!swapped && !couldRepeat(label, secret, device ?? '')) return { label, swapped };
	const bytes = Buffer.from(secret.buffer, secret.byteOffset, secret.length);
	const hex = bytes.toString('hex');
	const base64 = bytes.toString('base64').replace(/=$/, '').replace(/=$/, '');
	const forms = [hex, hex.toUpperCase(), base64, base64.replaceAll('+', '-').replaceAll('/', '_'), bytes.toString()];
	let shown = label;
	if (device !== null) {
		const name = plain(device);
		const repeats = forms.some((form) => {
			// Most names are shorter than their keys.
			if (form.length > name.length && !MARK.test(form)) return false;
			const text = plain(form);
			return name === text || (text.length >= LEAST && name.includes(text));
		});
		const end = ` of ${printable(device)}`;
		if (swapped || repeats)
			shown = label.endsWith(end) ? label.slice(0, -end.length) : label.replaceAll(printable(device), NOT_SHOWN);
	}
	for (const form of forms) if (form.length >= LEAST && shown.includes(form)) shown = shown.replaceAll(form, NOT_SHOWN);
	return { label: shown, swapped };
};

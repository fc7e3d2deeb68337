import type { KeyName } from './key-names.ts';

/** Longer is a certificate or a text, not a PSK. */
const LONGEST = 512;

/** A place for a key that a program is to fill in: `${psk}`, `{{ psk }}`, `<%= psk %>`, `%s`. */
const TEMPLATE = /^\$[{(]|\{\{|^<|^%[\w(]{1,32}\)?[a-z]?%?$/;

/** What a person writes where no key stands: `(ask IT)`, `to be defined`, `see password safe`. */
const PLACEHOLDER =
	/^(?:\([\p{L}\s.:,/-]{0,64}\)|\[[\p{L}\s.:,/-]{0,64}\]|(?:tbd|tba|todo|unknown|unset|pending)|(?:to be|see|ask|siehe|voir|vedi|wird|not|in the|in) [\p{L}\s.:,/-]{1,64})$/iu;

/** What a form calls a key, as catalogues of translations have it: `Pre-shared key`, `Shared Secret`, `Clé partagée`. */
const TITLE =
	/^(?=[\p{L}\s’'()-]{3,48}:?$)(?:.{0,40}\s(?:key|secret|passphrase|psk|schlüssel|kennwort)|(?:psk|key|secret|schlüssel|kennwort|clé|clave|chiave|llave|chave)\s.{1,40}|PSK|Psk):?$/iu;

/**
 * The bytes that a key is written for: hex (with `0x`, `\x`, colons, dashes or blanks), base64 where it has padding, else
 * the text itself, as passphrases are (a mark of broken encoding is in none). Null for an empty field; undefined for what cannot be that kind of key.
 */
export const secretOf = (written: string, name: KeyName): Uint8Array | null | undefined => {
	// Markdown sets code in backticks.
	const text = written.trim().replace(/^`([^`]*)`$/, '$1');
	if (text === '' || /^(null|none|nil|n\/a|-+)$/i.test(text)) return null;
	if (text.length > LONGEST || text.includes('-----BEGIN') || text.includes('\ufffd')) return undefined;
	const hex = hexOf(text);
	const padded = /^[A-Za-z0-9+/]{2,}={1,2}$/.test(text) && text.length % 4 === 0;
	const bytes = hex ?? (padded ? bytesOfBase64(text) : null);
	if (name.form === 'lorawan') return bytes?.length === 16 ? bytes : undefined;
	if (bytes === null && (TEMPLATE.test(text) || PLACEHOLDER.test(text) || isTitle(text))) return null;
	if (name.form === 'token' && isRandomText(text)) return new Uint8Array(Buffer.from(text));
	if (name.form === 'digits' || name.form === 'token') return bytes !== null && bytes.length >= 8 ? bytes : undefined;
	return bytes ?? new Uint8Array(Buffer.from(text, 'utf8'));
};

/** `psk` in small letters may be somebody's key. */
const isTitle = (text: string): boolean => text !== 'psk' && /^\p{L}/u.test(text) && TITLE.test(text);

/** Letters of both cases and digits as no word has them: of its neighbours, many are of another kind. */
export const isRandomText = (text: string): boolean => {
	if (!/^[A-Za-z0-9]{16,64}$/.test(text) || !/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/\d/.test(text))
		return false;
	const kinds = text.replaceAll(/[a-z]/g, 'a').replaceAll(/[A-Z]/g, 'A').replaceAll(/\d/g, '0');
	let changes = 0;
	for (let at = 1; at < kinds.length; at++) if (kinds[at] !== kinds[at - 1]) changes++;
	return changes >= (text.length * 3) / 8;
};

/** Bytes of base64; where they are hex in letters themselves, as in secrets of Kubernetes, those that the letters stand for. */
export const bytesOfBase64 = (text: string): Uint8Array => {
	const bytes = Buffer.from(text, 'base64');
	const hex = bytes.toString('latin1').trim();
	return /^(?:[0-9a-fA-F]{2}){8,64}$/.test(hex) ? new Uint8Array(Buffer.from(hex, 'hex')) : new Uint8Array(bytes);
};

/** Whole bytes in hex; null for others. */
export const hexOf = (text: string): Uint8Array | null => {
	const digits = text.replace(/^(0x|\\x)/i, '').replaceAll(/(?<=[0-9a-f]{2})[:\- ](?=[0-9a-f]{2})/gi, '');
	return digits.length >= 2 && digits.length % 2 === 0 && /^[0-9a-f]+$/i.test(digits)
		? new Uint8Array(Buffer.from(digits, 'hex'))
		: null;
};

import { keyNamed } from '../list/key-names.ts';
import { isOtherKeyName } from '../list/other-languages.ts';
import type { Naming, Row } from './record.ts';
import { type Token, tokensOf } from './tokens.ts';

export const wordsOf = (name: string): string[] =>
	name
		.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, '_')
		.toLowerCase()
		.split(/[^\p{L}\p{N}]+/u)
		.filter((word) => word !== '');

const KEY =
	/^(?:psks?|keys?|secrets?|credentials?|(?:app|nwk|dev|net|aes|link|join|root|master|device|node)keys?|[lp]mk|ltk|irk|scbk)\d{0,2}$/;
/** What looks like a key without being one; words of tests and of what is encrypted. */
const OTHER =
	/^(?:hash\w*|md5\w*|sha\w*|sums?|checksums?|digests?|finger\w*|thumb\w*|etags?|uuids?|guids?|commits?|rev|revisions?|trace|spans?|sig\w*|nonces?|salts?|ivs?|crc\d*|pub\w*|certs?|certificates?|tests?|testing|vectors?|kats?|expect\w*|plain\w*|cipher\w*|encrypt\w*|decrypt\w*|tags?|aad|msgs?|input|output|examples?|samples?|build|version\w*|integrity|fixtures?|mock\w*|foreign|primary|license|cache|cid|ids?|identifier|hint)$/;
/** What a key is written with, and types. */
const NEUTRAL =
	/^(?:new|bytes?|byte|array|uint8|uint8_t|uint8array|u8|t|fromhex|from|hex|unhexlify|decode|parse|to|string|str|vec|buffer|base64|b64|b|x|h|data|value|val|static|const|char|unsigned|private|public|final|val|var|let|of|is|with|hexstring|decodehex|of|usint|raw|\d+)$/;
/** `pub static` of Rust is no public key. */
const VISIBLE = /\bpub\s(?=static|const|struct|enum|fn)/g;
const DEVICES =
	/^(?:devices?|nodes?|sensors?|meters?|gateways?|stations?|outstations?|things?|pumps?|valves?|cameras?|locks?|fleet|inventory|enddevices?|endpoints?|peers?|readers?)$/;

export const isKeyWord = (word: string): boolean => KEY.test(word.toLowerCase()) || keyNamed(word)?.vague === false;

/** True for the path of a file that is about keys by its name. */
export const isAboutKeys = (path: string): boolean =>
	wordsOf(path.split('/').at(-1) ?? '').some((word) => KEY.test(word) || /^(?:provision\w*|commission\w*)$/.test(word));

export interface Meaning {
	/** The word for the key; '' where only what stands above says that these are keys. */
	readonly field: string;
	readonly isSure: boolean;
	/** A word above says that these are devices. */
	readonly isOfDevices: boolean;
}

/** `5 SHA256 HEX:…`: ntp.keys(5), chrony.keys. */
const isTimeKey = ([id, algorithm, ...others]: readonly Token[]): boolean =>
	id?.kind === 'number' &&
	/^(?:md5|sha-?\d{1,3}|aes-?\d{3}(?:cmac)?)$/i.test(algorithm?.text ?? '') &&
	others.every(({ kind, text }) => kind === 'key' || /^(?:hex|:)$/i.test(text));

/** The word before a key that all records have; null where another's name stands there. */
const fieldOf = (rows: readonly Row[], column: number, naming: Naming): string | null => {
	const [first] = rows;
	const tokens = first?.tokens ?? [];
	if (isTimeKey(tokens)) return 'key';
	const keys = tokens.flatMap(({ kind }, index) => (kind === 'key' ? [index] : []));
	for (let at = (keys[column] ?? 0) - 1; at >= 0 && at > (keys[column - 1] ?? -1); at--) {
		const { kind, text } = tokens[at] ?? { kind: 'mark', text: '' };
		if (kind === 'mark') continue;
		if (at === naming.at) return null;
		if (rows.some((row) => row.tokens[at]?.text !== text)) return null;
		const words = wordsOf(text);
		if (words.length > 0 && words.every((word) => NEUTRAL.test(word))) continue;
		return text;
	}
	return null;
};

const isKeyField = (field: string): boolean => {
	if (keyNamed(field) !== null || isOtherKeyName(field)) return true;
	const words = wordsOf(field);
	return !words.some((word) => OTHER.test(word)) && words.some((word) => KEY.test(word));
};

/** What the keys of these records are, by the words in and above them; null for checksums, ids and whatever else looks so. */
export const meaningOf = (rows: readonly Row[], column: number, naming: Naming, path: string): Meaning | null => {
	const above = rows[0]?.above ?? [];
	const wordsIn = (lines: readonly string[]): string[] =>
		lines.flatMap((line) =>
			tokensOf(line.replaceAll(VISIBLE, '')).flatMap(({ kind, text }) => (kind === 'mark' ? [] : wordsOf(text))),
		);
	const near = [...naming.same.flatMap(wordsOf), ...wordsIn(above.slice(0, 3)), ...wordsOf(path)];
	const far = [...near, ...wordsIn(above)];
	const isOfDevices = far.some((word) => DEVICES.test(word));
	const field = naming.field === '' ? fieldOf(rows, column, naming) : naming.field;
	if (field !== null) {
		if (!isKeyField(field)) return null;
		return { field, isSure: keyNamed(field)?.vague === false, isOfDevices };
	}
	const isKeys = far.some((word) => KEY.test(word)) || (isOfDevices && naming.isDevice);
	if (!isKeys || near.some((word) => OTHER.test(word))) return null;
	return { field: '', isSure: false, isOfDevices };
};

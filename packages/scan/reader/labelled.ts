import type { Content } from '../content/content.ts';
import { type KeyName, titleNamed } from '../list/key-names.ts';
import { keyOfDevice } from '../list/named-key.ts';
import { hasKeyWord } from '../list/trade-names.ts';
import { printable } from '../text/printable.ts';
import { bytesOfBase64, hexOf } from '../list/secret.ts';
import { publicOf } from '../key/octet-private.ts';
import { octetSpki } from '../key/spki.ts';
import { alikeRecords } from './alike-records.ts';
import { base64Texts } from './base64-text.ts';
import { headedKeys } from './headed-keys.ts';
import { heldForRecords } from './held-for-records.ts';
import { keyText } from './key-text.ts';
import { kubernetesObjects } from './kubernetes-objects.ts';
import { pairedLines } from './paired-lines.ts';
import { programSettings } from './program-settings.ts';
import { readPoint } from './point-line.ts';
import { MAP, pskLines } from './psk-lines.ts';
import { sectionPath } from './section-path.ts';
import { settingsBlock } from './settings-block.ts';
import { byLine, type TextReader } from './text.ts';
import { inEnglish } from './xml-names.ts';
import { threadDatasets } from './thread-dataset.ts';
import { wifiNetwork } from './wifi-network.ts';

/** A Secret of Kubernetes as `kubectl get -o yaml` prints it. */
const SECRET = /^[- ]{0,8}kind:\s{1,8}["']?Secret\b/m;
/** Lines that an array of 64 bytes in source code takes at most. */
const MOST_LINES = 16;

/** Hardly a line of most texts: something long enough to be a key, and a name for one. */
const LIKELY =
	/[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){7}|0x[0-9A-Fa-f]|\\x[0-9A-Fa-f]|\d\s*,\s*\d+\s*,|[A-Za-z0-9+/]{2}={1,2}["';,\s]*$|[A-Za-z0-9+/]{21}==["']|\[\s?[0-9A-Fa-f]{2}(?:\s[0-9A-Fa-f]{2}){7}/;
/** A text PSK may stand here: `psk="…"`, `psk: …`. */
const LIKELY_TEXT = /psk|shared_?(?:key|secret)/i;
const NAME =
	/[A-Za-z][A-Za-z0-9_.-]{0,80}(?=["'\]]?\s*(?:\[[^\]]{0,32}\]\s*)?(?:[=:{]|0x|>|,\s{0,4}\w{1,32}\s{0,4}:?=|\s["'0-9A-Fa-f{]))/g;
const HEX =
	/^(?:,\s{0,4}\w{1,32})?["'\])>\s:]{0,64}(?:\[[^\]]{0,32}\])?["'\s:=>]{0,64}(?:[\w.]{1,40}!?\(\s{0,8}b?["'])?((?:0x)?[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){7,63})(?![0-9A-Za-z+/=_\ufffd])/;
/** What may stand between the name of an array and its bytes: a type, a length, brackets. */
const TYPE = /^[\w\s:=<>.*&()[\]{};"']{0,96}$/;
/** One byte of an array, with what parts it from the next. */
const BYTE =
	/\s{0,8}(?:\(byte\)\s{0,4})?(0x[0-9A-Fa-f]{1,2}|-?[0-9]{1,3})(?:u8|[uU]|\.toByte\(\))?(?![\w.])\s{0,8}(,?)/y;
const MOST_BYTES = 64;
/** A string of escapes. */
const ESCAPES = /^[\w\s:=[\]*&]{0,64}["']((?:\\x[0-9A-Fa-f]{2}){8,64})["']/;
/** Numbers without `0x` are bytes only where they are as many as a key has. */
const LENGTHS = [16, 24, 32, 48, 64];
/** A title in words and a key in hex, and nothing else in the line. */
const PROSE =
	/^[\s>*•+-]{0,16}([A-Za-z][\w-]{1,32}(?: [\w-]{1,32}){0,3})(?:\*\*|__)?\s{0,4}:(?:\*\*|__)?\s{0,4}([`"']?)((?:0x)?[0-9A-Fa-f]{2}(?:[:\- ]?[0-9A-Fa-f]{2}){15,63})\2\s*$/;
const TREE = /^\s{0,8}=\s{0,8}\[\s{0,8}([0-9A-Fa-f]{2}(?:\s[0-9A-Fa-f]{2}){7,63})\s{0,8}\]/;
/** Sixteen to 64 octets, by their padding. */
const BASE64 = /^(?:\s*(?:::|[=:])\s*["']?|\s{1,8}["'])([A-Za-z0-9+/]{22,86}={1,2})(?![A-Za-z0-9+/=\ufffd])/;
const BASE64_OF_32 = /^\s*(?:::|[=:])\s*["']?(?:base64:)?([A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])/;

/**
 * Source code and settings: keys as hex, as bytes in an array or as base64 of 32 bytes, where a name before them says
 * what they are; WireGuard settings; lines that are nothing but a P-256 point. `couldHoldSettings` must know every form of them.
 */
export const labelledReader = (outside: Content, head = ''): TextReader => {
	const records = alikeRecords(outside.path);
	const objects = kubernetesObjects(outside, head);
	const held = heldForRecords(objects?.content ?? outside, records);
	const content = held.content;
	const path = sectionPath(content.path);
	const wifi = wifiNetwork();
	/** Of keys that open one. */
	const networks = new WeakMap<Uint8Array, ReturnType<typeof wifi.here>>();
	const inBlock: Pick<Content, 'psk'> = {
		psk: (label, secret, device, role) => content.psk(label, secret, device, role, networks.get(secret)?.()),
	};
	const block = settingsBlock(inBlock, SECRET.test(head), path);
	const lists = pskLines(content);
	const paired = pairedLines(content);
	const headed = headedKeys(content);
	const packed = base64Texts(outside, (inner) => labelledReader(inner));
	const programs = programSettings(content, path, wifi);
	const keys = keyText(content);
	/** A list of YAML that goes on in the next lines, as an array. */
	let list: { readonly text: string; readonly line: number } | null = null;
	/** The start of an array that goes on in the next lines. */
	let open: { readonly text: string; readonly line: number; readonly lines: number } | null = null;
	/** A line of a property list that is nothing but the name of what follows. */
	let property = '';
	const take = (line: string, number: number): void => {
		const text = withProperties(property + line);
		property = /^\s{0,64}<key>[^<]{1,64}<\/key>\s*$/.test(line) ? line.trim() : '';
		if (property !== '') return;
		path.line(text);
		if (lists.line(text, number)) return;
		headed.line(text, number);
		readPoint(text, number, content);
		keys.line(text, number);
		for (const part of partsOf(text)) {
			read = 0;
			takePart(part, number);
			path.elements(part, read, part.length);
		}
	};
	/** How far elements of the part were read. */
	let read = 0;
	const takePart = (text: string, number: number): void => {
		block.line(text);
		wifi.line(text);
		// A line is read once: the program's own meaning goes first.
		if (readOpenWrt(text, number, content) || programs.line(text, number) || threadDatasets(text, number, content))
			return;
		if (readProse(text, number)) return;
		if (!hasKeyWord(text) || !(LIKELY.test(text) || LIKELY_TEXT.test(text))) return;
		for (const match of text.matchAll(NAME)) {
			const [name] = match;
			const after = text.slice(match.index + name.length, match.index + name.length + 1024);
			const where = `line ${number}, ${printable(name)}`;
			if (readCurve25519(name, after, content, where)) continue;
			const called = block.keyCalled(name);
			const named = keyOfDevice(name);
			const key = called ?? named?.key ?? null;
			const secret = key === null ? null : (valueOf(after) ?? textIn(name, key, after));
			if (key === null || secret === null || (key.form === 'lorawan' && secret.length !== 16)) continue;
			// Many things are called `key_…`: a device's has the length of one.
			if (called === null && !LENGTHS.includes(secret.length)) continue;
			path.elements(text, read, match.index);
			read = Math.max(read, match.index);
			if (/^(?:wpa[_-]?)?psk$/i.test(name)) networks.set(secret, wifi.here(''));
			block.psk(where, secret, key.role, { device: named?.device ?? null, text });
		}
	};
	/** `- DTLS key: …` in notes and mails. `Key: …` is one where a line before says of which device. */
	const readProse = (text: string, number: number): boolean => {
		const [, title = '', , hex = ''] = PROSE.exec(text) ?? [];
		const name = title === '' ? null : titleNamed(title);
		const secret = name === null ? null : hexOf(hex);
		if (name === null || secret === null || !LENGTHS.includes(secret.length)) return false;
		if (!name.vague && !title.includes(' ')) return false;
		// The setting that it stands under says which key it is: `app_key:` and, below it, `key: …`.
		if (name.vague && block.keyCalled(title) !== null) return false;
		block.psk(`line ${number}, ${printable(title)}`, secret, name.role, { device: null, text, isVague: name.vague });
		return true;
	};
	const listed = (line: string, number: number): boolean => {
		const [, item] = list === null ? [] : (/^\s{0,64}-\s{1,8}(0x[0-9A-Fa-f]{1,2}|\d{1,3})\s{0,8}$/.exec(line) ?? []);
		if (list !== null && item !== undefined && list.text.length < 2048) {
			list = { text: `${list.text}${list.text.endsWith('[') ? '' : ', '}${item}`, line: list.line };
			return true;
		}
		if (list?.text.endsWith('[') === false) {
			held.spans(list.line, number - 1);
			take(`${list.text}]`, list.line);
		}
		list =
			/^\s{0,64}[\w-]{1,64}:\s{0,8}$/.test(line) && hasKeyWord(line)
				? { text: `${line.trimEnd()} [`, line: number }
				: null;
		return false;
	};
	return byLine(
		(written, number) => {
			const line = inEnglish(written);
			packed.line(written, number);
			objects?.line(written, number);
			records.line(line, number, hasKeyWord(line));
			paired.line(line, number);
			if (listed(line, number)) return;
			const text = open === null ? line : `${open.text} ${line.trim()}`;
			if ((open?.lines ?? 0) < MOST_LINES && isUnfinished(text)) {
				open = { text, line: open?.line ?? number, lines: (open?.lines ?? 0) + 1 };
				return;
			}
			if (open !== null) held.spans(open.line, number);
			take(text, open?.line ?? number);
			open = null;
		},
		() => {
			if (open !== null) {
				held.spans(open.line, Infinity);
				take(open.text, open.line);
			}
			listed('', Infinity);
			headed.end();
			paired.end();
			packed.end();
			block.end();
			programs.end();
			held.end();
			objects?.end();
		},
	);
};

/** Names of keys and of who has them: others are looked for as they stand. */
const PROPERTY =
	/<key>(\w{0,32}(?:psk|key|secret|identity|device|deviceid|serial|serialnumber))<\/key>\s{0,64}<(string|data)>([^<]{0,256})<\/\2>/gi;
/** Property lists of Apple as settings: `<key>psk</key><string>…</string>` is `psk="…"`. */
const withProperties = (text: string): string =>
	text.includes('<key>') ? text.replaceAll(PROPERTY, ' $1="$3" ') : text;

/** Several devices on one line, each between braces or in one element: whose a key is, only its part says. */
const PART =
	/(?<=\}|<\/(?:obj|row|device|record|entry|item|tr|node|dict|sensor|meter|gateway|client|thing|station)>|\/>)/i;
const partsOf = (text: string): readonly string[] => {
	if (!hasKeyWord(text)) return [text];
	const parts = text.split(PART);
	return parts.filter(hasKeyWord).length > 1 ? parts : [text];
};

const isUnfinished = (text: string): boolean => {
	const last = text.trimEnd().at(-1) ?? '';
	if (MAP.test(text)) return false;
	if (text.length > 4096 || last === '' || !'{([,'.includes(last) || !hasKeyWord(text)) return false;
	// `secrets {` opens a section of settings.
	if (!/[=:(\]]|#define/.test(text)) return false;
	return /[{([](?:\s*(?:0x[0-9A-Fa-f]{1,2}[uU]?|\d{1,3})\s*,)*\s*$/.test(text.slice(-512));
};

const valueOf = (after: string): Uint8Array | null => {
	const [, hex] = HEX.exec(after) ?? [];
	if (hex !== undefined) return hexOf(hex);
	const [, escapes] = ESCAPES.exec(after) ?? [];
	if (escapes !== undefined) return hexOf(escapes.replaceAll('\\x', ''));
	// Bytes of a device tree.
	const [, tree] = TREE.exec(after) ?? [];
	if (tree !== undefined) return hexOf(tree);
	const array = arrayIn(after);
	if (array !== null) return array;
	const [, base64] = BASE64.exec(after) ?? [];
	const bytes = base64 === undefined || base64.length % 4 !== 0 ? null : bytesOfBase64(base64);
	return bytes !== null && LENGTHS.includes(bytes.length) ? bytes : null;
};

/** Bytes in a row, in hex or as many in decimal as a key has; null for others. */
const arrayIn = (after: string): Uint8Array | null => {
	for (const { index } of after.slice(0, 96).matchAll(/[{[(=\s](?=\(byte\)|0x|-?\d|\s{1,8}\d)/g)) {
		if (!TYPE.test(after.slice(0, index))) return null;
		const numbers: number[] = [];
		let isHex = true;
		BYTE.lastIndex = index + 1;
		for (let token = BYTE.exec(after); token !== null; token = BYTE.exec(after)) {
			isHex &&= token[1]?.startsWith('0x') === true;
			numbers.push(Number(token[1]));
			if (token[2] === '' || numbers.length > MOST_BYTES) break;
		}
		const isWhole = numbers.length <= MOST_BYTES && numbers.every((number) => number >= -128 && number < 256);
		if (isWhole && (isHex ? numbers.length >= 8 : LENGTHS.includes(numbers.length)))
			return Uint8Array.from(numbers, (number) => number & 255);
	}
	return null;
};

/** One word in quotes or bare, with nothing behind it; and, as wpa_supplicant and sdkconfig have it, in quotes just behind `=`. */
const WORD =
	/^["']?\s{0,8}[:=]\s{0,8}(?:"([^"\s]{8,63})"|'([^'\s]{8,63})'|([^\s"']{8,63}))\s{0,8}[;,]?\s{0,8}(?:#.{0,128})?$/;
const QUOTED = /^="/;

/**
 * A PSK that is a text, by a name that means nothing else (never `password` or `secret` alone: those are people's). Code and
 * words to be shown are told apart: it has a digit, or stands in quotes just behind `=`; and no marks of code, paths or templates.
 */
const textIn = (name: string, { form }: KeyName, after: string): Uint8Array | null => {
	if (form !== 'phrase' || !/(?:psk|shared_?(?:key|secret))$/i.test(name)) return null;
	const [, double, single, bare] = WORD.exec(after) ?? [];
	const [, words] = (/^psk$/i.test(name) && /^="([^"]{8,63})"\s{0,8}$/.exec(after)) || [];
	const text = words ?? double ?? single ?? bare ?? '';
	if (text === '' || /[(){}<>[\]$%;]|^[/.~*]|\*{3}|::|->/.test(text)) return null;
	return /[0-9]/.test(text) || QUOTED.test(after) ? new Uint8Array(Buffer.from(text)) : null;
};

/** WireGuard as OpenWrt has it. */
const OPENWRT = /^\s{0,64}option\s{1,8}(private|public)_key\s{1,8}["']([A-Za-z0-9+/]{43}=)["']\s{0,8}$/;
const readOpenWrt = (text: string, number: number, content: Content): boolean => {
	const [, half, base64] = OPENWRT.exec(text) ?? [];
	if (half === undefined || base64 === undefined) return false;
	const octets = Buffer.from(base64, 'base64');
	const spki = half === 'private' ? publicOf('X25519', octets) : octetSpki('X25519', octets);
	if (spki !== null) content.key(`${half} key, line ${number}`, spki, half === 'private');
	return spki !== null;
};

/** X25519 keys as WireGuard writes them, and Ed25519 or X25519 keys that are called so. */
const readCurve25519 = (name: string, after: string, content: Content, where: string): boolean => {
	const [, base64] = BASE64_OF_32.exec(after) ?? [];
	const [, hex] = /^\s{0,64}(?:[=:]\s{0,64})?["']?([0-9A-Fa-f]{64})(?![0-9A-Za-z])/.exec(after) ?? [];
	const octets =
		base64 !== undefined ? Buffer.from(base64, 'base64') : hex !== undefined ? Buffer.from(hex, 'hex') : null;
	if (octets === null) return false;
	const kind =
		base64 !== undefined && /^(?:PublicKey|PrivateKey|privateKey|private-key)$/.test(name)
			? 'X25519'
			: /x25519|curve25519/i.test(name)
				? 'X25519'
				: /ed25519/i.test(name)
					? 'Ed25519'
					: null;
	if (kind === null || /sig|hash|digest/i.test(name)) return false;
	const isPrivate = /priv|secret|seed/i.test(name);
	const spki = isPrivate ? publicOf(kind, octets) : octetSpki(kind, octets);
	if (spki !== null) content.key(`${isPrivate ? 'private' : 'public'} key, ${where}`, spki, isPrivate);
	return spki !== null;
};

import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { Content } from '../content.ts';
import type { KeyName } from '../key-names.ts';
import { printable } from '../printable.ts';
import { hexOf } from '../secret.ts';
import { octetSpki, p256Spki } from '../spki.ts';
import { settingsBlock } from './settings-block.ts';
import { byLine, type TextReader } from './text.ts';

/** Lines that an array of 64 bytes in source code takes at most. */
const MOST_LINES = 16;

/** Hardly a line of most texts: something long enough to be a key, and a name for one. */
const LIKELY = /[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){7}|0x[0-9A-Fa-f]|[A-Za-z0-9+/]{2}=["';,\s]*$/;
/** A text PSK may stand here: `psk="…"`, `psk: …`. */
const LIKELY_TEXT = /psk|shared_?(?:key|secret)/i;
const NAME = /[A-Za-z][A-Za-z0-9_.-]{0,80}(?=["'\]]?\s*(?:\[[^\]]{0,32}\]\s*)?(?:[=:{]|0x|>|\s["'0-9A-Fa-f{]))/g;
const HEX =
	/^["'\])>\s]{0,64}(?:\[[^\]]{0,32}\])?["'\s:=>]{0,64}((?:0x)?[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){7,63})(?![0-9A-Za-z+/=_])/;
const ARRAY = /^["'\])\s]{0,64}(?:\[[^\]]{0,32}\])?[\s:=({[]{0,64}((?:0x[0-9A-Fa-f]{1,2}[uU]?\s*(?:,\s*)?){8,64})/;
const BASE64_OF_32 = /^\s*[=:]\s*["']?([A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])/;

/**
 * Source code and settings: keys as hex, as bytes in an array or as base64 of 32 bytes, where a name before them says
 * what they are; WireGuard settings; lines that are nothing but a P-256 point.
 */
export const labelledReader = (content: Content): TextReader => {
	const block = settingsBlock(content);
	/** The start of an array that goes on in the next lines. */
	let open: { readonly text: string; readonly line: number; readonly lines: number } | null = null;
	const take = (text: string, number: number): void => {
		readPoint(text, number, content);
		block.line(text);
		if (!hasName(text) || !(LIKELY.test(text) || LIKELY_TEXT.test(text))) return;
		for (const match of text.matchAll(NAME)) {
			const [name] = match;
			const after = text.slice(match.index + name.length, match.index + name.length + 1024);
			const where = `line ${number}, ${printable(name)}`;
			if (readCurve25519(name, after, content, where)) continue;
			const key = block.keyCalled(name);
			const secret = key === null ? null : (valueOf(after) ?? textIn(name, key, after));
			if (key === null || secret === null || (key.form === 'lorawan' && secret.length !== 16)) continue;
			block.psk(where, secret, key.role);
		}
	};
	return byLine(
		(line, number) => {
			const text = open === null ? line : `${open.text} ${line.trim()}`;
			if ((open?.lines ?? 0) < MOST_LINES && isUnfinished(text)) {
				open = { text, line: open?.line ?? number, lines: (open?.lines ?? 0) + 1 };
				return;
			}
			take(text, open?.line ?? number);
			open = null;
		},
		() => {
			if (open !== null) take(open.text, open.line);
			block.end();
		},
	);
};

const isUnfinished = (text: string): boolean => {
	const last = text.trimEnd().at(-1) ?? '';
	if (text.length > 4096 || !'{(,'.includes(last) || !hasName(text)) return false;
	return /[{(](?:\s*0x[0-9A-Fa-f]{1,2}[uU]?\s*,)*\s*$/.test(text.slice(-512));
};

const hasName = (text: string): boolean => /key|psk|secret|25519/i.test(text);

const valueOf = (after: string): Uint8Array | null => {
	const [, hex] = HEX.exec(after) ?? [];
	if (hex !== undefined) return hexOf(hex);
	const [, array] = ARRAY.exec(after) ?? [];
	if (array !== undefined) return Uint8Array.from(array.match(/0x[0-9A-Fa-f]{1,2}/g) ?? [], Number);
	const [, base64] = BASE64_OF_32.exec(after) ?? [];
	return base64 === undefined ? null : new Uint8Array(Buffer.from(base64, 'base64'));
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
	const text = double ?? single ?? bare ?? '';
	if (text === '' || /[(){}<>[\]$%;]|^[/.~*]|\*{3}|::|->/.test(text)) return null;
	return /[0-9]/.test(text) || QUOTED.test(after) ? new Uint8Array(Buffer.from(text)) : null;
};

/** X25519 keys as WireGuard writes them, and Ed25519 or X25519 keys that are called so. */
const readCurve25519 = (name: string, after: string, content: Content, where: string): boolean => {
	const [, base64] = BASE64_OF_32.exec(after) ?? [];
	const [, hex] = /^\s{0,64}(?:[=:]\s{0,64})?["']?([0-9A-Fa-f]{64})(?![0-9A-Za-z])/.exec(after) ?? [];
	const octets =
		base64 !== undefined ? Buffer.from(base64, 'base64') : hex !== undefined ? Buffer.from(hex, 'hex') : null;
	if (octets === null) return false;
	const kind =
		base64 !== undefined && /^(PublicKey|PrivateKey)$/.test(name)
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

const publicOf = (kind: 'X25519' | 'Ed25519', seed: Buffer): Uint8Array => {
	const prefix = kind === 'X25519' ? '302e020100300506032b656e04220420' : '302e020100300506032b657004220420';
	const key = createPrivateKey({
		key: Buffer.concat([Buffer.from(prefix, 'hex'), seed]),
		format: 'der',
		type: 'pkcs8',
	});
	return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
};

/** A line that is an uncompressed point of P-256 in hex or base64 and nothing else: no other 65 bytes lie on the curve by chance. */
const readPoint = (line: string, number: number, content: Content): void => {
	const text = line.trim();
	if (text.length !== 130 && text.length !== 88) return;
	const point = text.length === 130 ? hexOf(text) : Buffer.from(text, 'base64');
	const spki = point === null ? null : p256Spki(point);
	if (spki !== null) content.key(`public key, line ${number}`, spki, false);
};

import { Damaged, type Feed } from '../codec/feed.ts';
import type { Give } from '../codec/give.ts';
import type { Format, Opened } from './format.ts';
import { into } from './into.ts';

const PIECE = 65_536;
const LONGEST_LINE = 4096;

const isDigit = new Uint8Array(256);
for (const digit of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')) isDigit[digit] = 1;
const isBlank = new Uint8Array(256);
for (const blank of Buffer.from(' \t\r\n')) isBlank[blank] = 1;
const [BACKSLASH, N, R] = [0x5c, 0x6e, 0x72];

/** Digits of base64 with blanks and line ends (also `\n` in a string) between them; gives where they end. */
const digitsIn = (bytes: Buffer): { readonly text: string; readonly end: number; readonly goesOn: boolean } => {
	const parts: string[] = [];
	let at = 0;
	for (;;) {
		const from = at;
		while (isDigit[bytes[at] ?? 0] === 1) at++;
		parts.push(bytes.toString('latin1', from, at));
		const gap = at;
		while (isBlank[bytes[at] ?? 0] === 1 || (bytes[at] === BACKSLASH && (bytes[at + 1] === N || bytes[at + 1] === R)))
			at += bytes[at] === BACKSLASH ? 2 : 1;
		if (at === gap) return { text: parts.join(''), end: at, goesOn: at >= bytes.length };
	}
};

/** Decodes base64 (RFC 4648 §4) up to what is not base64. */
export const base64 = async (feed: Feed, give: Give): Promise<void> => {
	let rest = '';
	for (;;) {
		await feed.need(PIECE);
		if (feed.bytes.length === 0) break;
		const piece = feed.bytes.subarray(0, PIECE);
		const { text, end, goesOn } = digitsIn(piece);
		const all = rest + text;
		const whole = all.length & ~3;
		feed.drop(Math.min(end, piece.length));
		await give(Buffer.from(all.slice(0, whole), 'base64'));
		rest = all.slice(whole);
		if (!goesOn) break;
	}
	if (rest !== '') await give(Buffer.from(rest, 'base64'));
};

/** How packed things begin in base64, as secrets and releases in Kubernetes, and scripts, carry them. */
const packed = ['H4sIA', 'UEsDB', '/Td6WFoA', 'KLUv/', 'QlpoOTFBWSZTW', 'N3q8ryc', 'TFpJUA'];
const packedInBase64 = packed.map((start): Format => ({
	name: 'something packed in base64',
	label: 'base64',
	magic: Buffer.from(start),
	fits: (window, at) =>
		isDigit[window[at - 1] ?? 0] !== 1 && /^[A-Za-z0-9+/\s\\]{64}/.test(window.toString('latin1', at, at + 64)),
	read: ({ feed, inside }) => into(inside(), (give) => base64(feed, give)),
}));

/** The next line without its end; null at the end of the stream, or where it is too long to be one. */
const lineOf = async (feed: Feed): Promise<string | null> => {
	await feed.need(LONGEST_LINE);
	const at = feed.bytes.indexOf(10);
	if (at === -1 && feed.bytes.length >= LONGEST_LINE) return null;
	if (feed.bytes.length === 0) return null;
	const line = feed.bytes.toString('latin1', 0, at === -1 ? feed.bytes.length : at);
	feed.drop(at === -1 ? feed.bytes.length : at + 1);
	return line.replace(/\r$/, '');
};

/** Passes over the other lines of a header, up to the empty one. */
const header = async (feed: Feed): Promise<string> => {
	const lines: string[] = [];
	for (let line = await lineOf(feed); line !== null && line !== ''; line = await lineOf(feed)) {
		lines.push(line);
		if (lines.length > 64) throw new Damaged();
	}
	return lines.join('\n');
};

const nameIn = (lines: string): string => /name="?([^"\n;]{1,128})/.exec(lines)?.[1] ?? 'part';

const readBase64Part = async (opened: Opened): Promise<void> => {
	const name = nameIn(await header(opened.feed));
	await into(opened.inside(name), (give) => base64(opened.feed, give));
};

/** Quoted-printable (RFC 2045 §6.7), to the next boundary or the end. */
const readQuotedPart = async (opened: Opened): Promise<void> => {
	const { feed } = opened;
	const name = nameIn(await header(feed));
	await into(opened.inside(name), async (give) => {
		for (let line = await lineOf(feed); line !== null; line = await lineOf(feed)) {
			if (/^--[^\s-]/.test(line)) break;
			const soft = line.endsWith('=');
			const text = (soft ? line.slice(0, -1) : line).replaceAll(/=([0-9A-Fa-f]{2})/g, (_all, hex: string) =>
				String.fromCharCode(Number.parseInt(hex, 16)),
			);
			await give(Buffer.from(soft ? text : `${text}\n`, 'latin1'));
		}
	});
};

/** Parts of mail (RFC 2045 §6), by the line that says how they are written. */
const mail = ['Content-Transfer-Encoding: ', 'Content-transfer-encoding: ', 'content-transfer-encoding: '].flatMap(
	(field): Format[] => [
		{
			name: 'a part of mail in base64',
			label: 'mail',
			magic: Buffer.from(field),
			fits: (window, at) => /^base64\r?\n/i.test(window.toString('latin1', at + field.length, at + field.length + 8)),
			read: readBase64Part,
		},
		{
			name: 'a quoted part of mail',
			label: 'mail',
			magic: Buffer.from(field),
			fits: (window, at) =>
				/^quoted-printable\r?\n/i.test(window.toString('latin1', at + field.length, at + field.length + 18)),
			read: readQuotedPart,
		},
	],
);

/** One line of uuencode (POSIX): its length, and three octets for four characters. */
const uuLine = (line: string): Buffer => {
	const values = Array.from(line, (character) => (character.charCodeAt(0) - 32) & 63);
	const length = values[0] ?? 0;
	const out = Buffer.alloc(Math.ceil((values.length - 1) / 4) * 3);
	for (let at = 1, to = 0; at < values.length; at += 4, to += 3) {
		const [a = 0, b = 0, c = 0, d = 0] = values.slice(at, at + 4);
		out.writeUIntBE((a << 18) | (b << 12) | (c << 6) | d, to, 3);
	}
	return out.subarray(0, length);
};

const uuencode: Format = {
	name: 'something that uuencode has written',
	label: 'uuencode',
	magic: Buffer.from('begin '),
	fits: (window, at) =>
		/^begin [0-7]{3,4} [^\n]{1,128}\r?\nX?[ -`]{2,62}\r?\n/.test(window.toString('latin1', at, at + 220)),
	async read(opened) {
		const { feed } = opened;
		const name = (await lineOf(feed))?.slice(10).trim() ?? '';
		await into(opened.inside(name), async (give) => {
			for (let line = await lineOf(feed); line !== null && line !== 'end'; line = await lineOf(feed)) {
				// In a shell archive each line has a mark before it.
				const plain = line.startsWith('X') && line.length > 1 ? line.slice(1) : line;
				if (!/^[ -`]{1,90}$/.test(plain)) throw new Damaged();
				await give(uuLine(plain));
			}
		});
	},
};

const uuBase64: Format = {
	name: 'something that uuencode has written',
	label: 'uuencode',
	magic: Buffer.from('begin-base64 '),
	fits: (window, at) => /^begin-base64 [0-7]{3,4} [^\n]{1,128}\r?\n/.test(window.toString('latin1', at, at + 160)),
	async read(opened) {
		const name = (await lineOf(opened.feed))?.slice(17).trim() ?? '';
		await into(opened.inside(name), (give) => base64(opened.feed, give));
	},
};

/** What is written in letters so that texts can carry it. */
export const encoded: readonly Format[] = [...packedInBase64, ...mail, uuencode, uuBase64];

import type { Content } from '../content/content.ts';
import { type Carver, slidingWindow } from '../content/window.ts';
import { derCarver } from './der.ts';
import { pemCarvers } from './pem.ts';
import { type ChooseReader, textRuns } from './text-runs.ts';

/** One way in which source code writes bytes. */
interface Form {
	/** The first byte, which is that of DER (0x30) or PEM (0x2d) where nothing else tells that these are bytes, with what tells that more follow. */
	readonly start: RegExp;
	/** The next byte, with what parts it from the one before. */
	readonly next: RegExp;
	readonly octets: (token: RegExpExecArray) => Buffer | null;
}

const escapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11, '0': 0 };

const escaped = ([, hex, escape, printable]: RegExpExecArray): Buffer => {
	if (hex !== undefined) return Buffer.from(hex, 'hex');
	if (escape === undefined) return Buffer.from(printable ?? '', 'latin1');
	return Buffer.from([escapes[escape] ?? escape.charCodeAt(0)]);
};

const forms: readonly Form[] = [
	{
		// C, Go, Rust, Java, Python, JSON: 0x30, 0x82u8, (byte) 0x30, 48, -126; assembler, a line of `.byte` after the other.
		start: /(?<![\w.])(?:0x[0-9a-f]{2}|48|45)(?:u8|u|\.toByte\(\))?\s{0,8},/gi,
		next: /(?:[\s,]|\/\/[^\n]{0,256}\n|\/\*[^*]{0,256}\*\/|\(byte\)|byte\(|(?:\.byte|\.db|db|dcb)(?=\s))*(0x[0-9a-f]{1,2}|-?[0-9]{1,3})(?:u8|u|\.toByte\(\)|\))?(?![\w.])/iy,
		octets: ([, number = '']) => {
			const value = Number(number);
			return value < -128 || value > 255 ? null : Buffer.from([value & 0xff]);
		},
	},
	{
		// Strings of C and Python, where what is printable stands as it is.
		start: /(?<=")(?:\\x30|\\x2d|0)\\x[0-9a-f]{2}/gi,
		next: /(?:"\s{0,64}\+?\s{0,64}b?")?(?:\\x([0-9a-f]{2})|\\([nrtabfv0\\'"])|([^"\\\r\n]))/iy,
		octets: escaped,
	},
	{
		start: /(?<=')(?:\\x30|\\x2d|0)\\x[0-9a-f]{2}/gi,
		next: /(?:'\s{0,64}\+?\s{0,64}b?')?(?:\\x([0-9a-f]{2})|\\([nrtabfv0\\'"])|([^'\\\r\n]))/iy,
		octets: escaped,
	},
	{
		// DER in plain hex.
		start: /(?<![0-9A-Za-z])30(?:8[12]|2a|2e|59|7[67])[0-9a-f]{60}/gi,
		next: /([0-9a-f]{2})/iy,
		octets: ([, hex = '']) => Buffer.from(hex, 'hex'),
	},
	{
		// The same with colons or blanks between, over lines.
		start: /(?<![0-9A-Za-z:])30[: ](?:8[12]|2a|2e|59|7[67])(?:[: ][0-9a-f]{2}){8}/gi,
		next: /[:\s]{0,64}([0-9a-f]{2})(?![0-9a-z])/iy,
		octets: ([, hex = '']) => Buffer.from(hex, 'hex'),
	},
];

/** Characters of one piece of text that is looked at. */
const PIECE = 65_536;
/** The longest token with what stands before it. */
const TOKEN = 2048;

/** Reads what was decoded: PEM and DER, and texts. */
const decodedReader = (content: Content, choose: ChooseReader) => {
	const window = slidingWindow([...pemCarvers(content), derCarver(content)]);
	const texts = textRuns(content, new Set(), choose);
	return {
		write(bytes: Buffer): void {
			window.write(bytes);
			texts.write(bytes);
		},
		end(): void {
			window.end();
			texts.end();
		},
	};
};

/**
 * Finds PEM, DER and texts written byte by byte in source code and settings: arrays in hex and decimal, escaped strings, plain hex. An
 * array of any length is decoded piece by piece and searched as bytes are.
 */
export const byteArrayCarvers = (content: Content, choose: ChooseReader): Carver[] =>
	forms.map(({ start, next, octets }) => {
		let open: ReturnType<typeof decodedReader> | null = null;
		const close = (): void => {
			open?.end();
			open = null;
		};
		/** Reads tokens of the open array; gives how far. */
		const read = (text: string, from: number, to: number): number => {
			const decoded: Buffer[] = [];
			let at = from;
			let more = true;
			while (at < to && more) {
				next.lastIndex = at;
				const token = next.exec(text);
				const bytes = token === null ? null : octets(token);
				more = bytes !== null;
				if (bytes === null) break;
				decoded.push(bytes);
				at = next.lastIndex;
			}
			if (decoded.length > 0) open?.write(Buffer.concat(decoded));
			if (!more) close();
			return at;
		};
		return (window, base, from, to) => {
			let at = from;
			while (at < to) {
				const piece = Math.min(to, at + PIECE) - at;
				const text = window.toString('latin1', at, at + piece + TOKEN);
				let done = 0;
				while (done < piece) {
					if (open === null) {
						start.lastIndex = done;
						const found = start.exec(text);
						if (found === null || found.index >= piece) {
							done = piece;
							break;
						}
						done = found.index;
						const inner = content.within(`bytes written out at byte ${base + at + done}`);
						open = decodedReader(inner, choose);
					}
					const before = done;
					done = read(text, done, piece);
					if (open === null && done === before) done++;
				}
				at += done;
			}
			if (to === window.length) close();
			return Math.max(at, to);
		};
	});

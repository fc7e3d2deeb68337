import type { Content } from '../content/content.ts';
import { isZero } from '../content/window.ts';
import { decoder } from '../text/encoding.ts';
import type { TextReader } from './text.ts';

/** Shorter runs of text are strings of a program, not its files. */
const SHORTEST = 24;
/** What is looked at before it is decided how to read a run. */
const HEAD = 65_536;
/** Of random bytes most are letters of some kind; of texts nearly all are ASCII. */
const MOST_OTHERS = 0.1;

/** PSKs that are known again. */
export const MOST_TOLD = 100_000;

const isTextOctet = new Uint8Array(256).fill(1, 0x20);
for (const octet of [0x09, 0x0a, 0x0d]) isTextOctet[octet] = 1;
// Blank flash is full of 0xff, and no UTF-8 has these.
for (const octet of [0x7f, 0xc0, 0xc1, ...Array.from({ length: 11 }, (_, index) => 0xf5 + index)])
	isTextOctet[octet] = 0;

const looksLikeText = (bytes: Buffer): boolean => {
	const sample = bytes.subarray(0, 4096);
	// One line alone is a string of a program, or a message in JSON.
	if (bytes.length < SHORTEST || !(bytes.includes(10) || sample.includes('{"'))) return false;
	let others = 0;
	for (const octet of sample) if (octet >= 0x80) others++;
	return others <= sample.length * MOST_OTHERS;
};

/** Chooses how a text that begins so is read. */
export type ChooseReader = (head: Buffer, whole: boolean, content: Content, strict: boolean) => TextReader;

export interface TextRuns {
	write(chunk: Buffer): void;
	/** As many bytes are looked at elsewhere. */
	skip(bytes: number): void;
	end(): void;
	/** Place in the stream until which texts have told all they hold: the start of one that goes on. */
	readUntil(): number;
}

/**
 * Reads texts among other bytes: settings and lists as they lie in images of file systems, flash and disks that keep
 * files in one piece. What is malformed in them is not said, as nobody says that they are texts. PSKs are put into `told`.
 */
export const textRuns = (content: Content, told: Set<string>, choose: ChooseReader): TextRuns => {
	/** The run that goes on. */
	let run: Buffer[] = [];
	let length = 0;
	let reader: TextReader | null = null;
	let text = decoder('utf-8');
	let isNone = false;
	let position = 0;

	const begin = (bytes: Buffer, start: number, whole: boolean): void => {
		run = [];
		if (!looksLikeText(bytes)) {
			isNone = true;
			return;
		}
		text = decoder('utf-8');
		const inner = content.within(`text at byte ${start}`);
		reader = choose(
			bytes,
			whole,
			{
				...inner,
				problem: () => undefined,
				psk(label, secret, device, role, network) {
					if (told.size < MOST_TOLD) told.add(Buffer.from(secret).toString('latin1'));
					inner.psk(label, secret, device, role, network);
				},
			},
			true,
		);
		reader.write(text.write(bytes));
	};
	const add = (bytes: Buffer): void => {
		const start = position - length;
		length += bytes.length;
		if (reader !== null) reader.write(text.write(bytes));
		else if (!isNone) {
			run.push(Buffer.from(bytes));
			if (length >= HEAD) begin(Buffer.concat(run), start, false);
		}
	};
	const end = (): void => {
		if (length >= SHORTEST && reader === null && !isNone) begin(Buffer.concat(run), position - length, true);
		if (reader !== null) {
			reader.write(text.write(Buffer.alloc(0)));
			reader.end();
		}
		run = [];
		length = 0;
		reader = null;
		isNone = false;
	};
	return {
		write(chunk) {
			// Holes, which take far longer byte by byte.
			if (isZero(chunk)) {
				end();
				position += chunk.length;
				return;
			}
			for (let at = 0; at < chunk.length;) {
				let to = at;
				while (to < chunk.length && isTextOctet[chunk[to] ?? 0] === 1) to++;
				if (to > at && (length > 0 || to === chunk.length || to - at >= SHORTEST)) {
					add(chunk.subarray(at, to));
					position += to - at;
				} else position += to - at;
				at = to;
				if (at < chunk.length) {
					if (length > 0) end();
					while (at < chunk.length && isTextOctet[chunk[at] ?? 0] === 0) at++;
					position += at - to;
				}
			}
		},
		skip(bytes) {
			end();
			position += bytes;
		},
		end,
		readUntil: () => (isNone ? position : position - length),
	};
};

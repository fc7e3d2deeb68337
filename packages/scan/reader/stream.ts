import type { Content } from '../content.ts';
import { decoder, encodingOf, isText } from '../encoding.ts';
import { slidingWindow } from '../window.ts';
import { base64Carver } from './base64.ts';
import { byteArrayCarvers } from './byte-array.ts';
import { csvReader } from './csv.ts';
import { derCarver } from './der.ts';
import { fileSystemCarver } from './file-system.ts';
import { gzipCarver, type Sink } from './gzip.ts';
import { jsonReader } from './json.ts';
import { labelledReader } from './labelled.ts';
import { labelledHexCarver } from './labelled-hex.ts';
import { openSshKeyCarver } from './openssh.ts';
import { pemCarvers } from './pem.ts';
import { pskFileReader } from './psk-file.ts';
import { hexRecordSink, isHexRecords } from './hex-records.ts';
import { puttyCarver } from './putty.ts';
import { sqlReader } from './sql.ts';
import { tooDeepCarver } from './too-deep.ts';
import { archiveReason } from './archive.ts';
import type { TextReader } from './text.ts';
import { couldBeWhole, readWhole } from './whole.ts';

/** What is looked at before it is decided how to read the rest. */
const HEAD = 65_536;

/**
 * Reads one stream of bytes, whatever it holds, by its content alone: PEM, SSH keys and gzip anywhere in it; DER and keys in
 * hex anywhere in what is no text; lists, JSON and settings where all of it is text.
 */
export const contentSink = (content: Content): Sink => {
	let head: Buffer[] = [];
	let length = 0;
	let readers: Sink | null = null;

	const start = async (whole: boolean): Promise<Sink> => {
		const bytes = Buffer.concat(head);
		head = [];
		readers = chooseReaders(bytes, whole, content);
		await readers.write(bytes);
		return readers;
	};
	return {
		async write(chunk) {
			if (readers !== null) return readers.write(chunk);
			head.push(Buffer.from(chunk));
			length += chunk.length;
			if (length >= HEAD) await start(false);
		},
		async end() {
			if (readers === null && length === 0) return;
			await (readers ?? (await start(true))).end();
		},
	};
};

const chooseReaders = (head: Buffer, whole: boolean, content: Content): Sink => {
	const encoding = encodingOf(head);
	if (encoding !== 'utf-8') return reencoded(encoding, content);
	const archive = archiveReason(head);
	if (archive !== null) content.problem(archive);
	if (isText(head)) {
		const deep = content.depth >= content.limits.depth;
		if (!deep && isHexRecords(head.toString('latin1', 0, 8192))) return hexRecordSink(content, contentSink);
		return textReaders(head, whole, content);
	}
	return couldBeWhole(head) ? wholeReader(content) : binaryReaders(content);
};

/** UTF-16 is read as the UTF-8 that it might have been. Where a byte is missing or too many, the line is lost and the next read again. */
const reencoded = (encoding: 'utf-16le' | 'utf-16be', content: Content): Sink => {
	const text = decoder(encoding);
	const inner = contentSink(content);
	let odd: Buffer = Buffer.alloc(0);
	const write = async (chunk: Buffer): Promise<void> => {
		let bytes = Buffer.concat([odd, chunk]);
		const read: string[] = [];
		for (;;) {
			const at = crossedLineEnd(bytes, encoding);
			if (at === -1) break;
			content.problem('UTF-16 with a byte missing or too many: the line is lost');
			read.push(text.write(bytes.subarray(0, at)), '\ufffd');
			bytes = bytes.subarray(at + 1);
		}
		const whole = Math.max(0, (bytes.length & ~1) - 2);
		read.push(text.write(bytes.subarray(0, whole)));
		odd = Buffer.from(bytes.subarray(whole));
		await inner.write(Buffer.from(read.join('')));
	};
	return {
		write,
		async end() {
			await inner.write(Buffer.from(text.write(odd) + text.end()));
			await inner.end();
		},
	};
};

/** Where a line feed lies across two units of UTF-16 (U+0A00 is no character); -1 when none does. */
const crossedLineEnd = (bytes: Buffer, encoding: 'utf-16le' | 'utf-16be'): number => {
	const pattern = encoding === 'utf-16le' ? Buffer.of(0, 10) : Buffer.of(10, 0);
	for (let at = bytes.indexOf(pattern); at !== -1; at = bytes.indexOf(pattern, at + 1)) if (at % 2 === 0) return at;
	return -1;
};

const textReaders = (head: Buffer, whole: boolean, content: Content): Sink => {
	const start = decoder('utf-8').write(head);
	const reader: TextReader =
		jsonReader(start, content) ??
		sqlReader(start, content) ??
		csvReader(start, content) ??
		pskFileReader(start, whole, content) ??
		labelledReader(content);
	const text = decoder('utf-8');
	const bytes = binaryReaders(content, false);
	// A script may carry an archive after its text.
	let ended = false;
	return {
		async write(chunk) {
			await bytes.write(chunk);
			if (!ended && chunk.includes(0)) {
				ended = true;
				reader.end();
			}
			if (!ended) reader.write(text.write(chunk));
		},
		async end() {
			await bytes.end();
			if (!ended) reader.write(text.end());
			if (!ended) reader.end();
		},
	};
};

const binaryReaders = (content: Content, withHex = true): Sink => {
	const deepest = content.depth >= content.limits.depth;
	const window = slidingWindow([
		...pemCarvers(content),
		openSshKeyCarver(content),
		puttyCarver(content),
		derCarver(content),
		base64Carver(content),
		...(deepest ? [tooDeepCarver(content)] : []),
		...(withHex ? [fileSystemCarver(content), labelledHexCarver(content)] : byteArrayCarvers(content)),
	]);
	const gzip = deepest ? null : gzipCarver(content, contentSink);
	return {
		async write(chunk) {
			content.spent.walk.left += chunk.length * content.limits.walkedPerByte;
			window.write(chunk);
			await gzip?.write(chunk);
		},
		async end() {
			window.end();
			await gzip?.end();
		},
	};
};

/** Keeps a container that must be seen whole; one that is too long is read as any bytes are. */
const wholeReader = (content: Content): Sink => {
	let parts: Buffer[] = [];
	let length = 0;
	let others: Sink | null = null;
	return {
		async write(chunk) {
			if (others !== null) return others.write(chunk);
			parts.push(Buffer.from(chunk));
			length += chunk.length;
			if (length <= content.limits.whole) return;
			others = binaryReaders(content);
			for (const part of parts) await others.write(part);
			parts = [];
		},
		async end() {
			if (others !== null) return others.end();
			const bytes = Buffer.concat(parts);
			const rest = binaryReaders(content);
			await rest.write(readWhole(bytes, content));
			await rest.end();
		},
	};
};

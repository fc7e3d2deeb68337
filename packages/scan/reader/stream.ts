import type { Content } from '../content/content.ts';
import { decoder, encodingOf, isText } from '../text/encoding.ts';
import { calledEncoding, oldEncodingOf } from '../text/old-encoding.ts';
import { deviceRank } from '../list/key-names.ts';
import { isOtherKeyName } from '../list/other-languages.ts';
import { beginsFormat, nestedCarver, type Outside } from '../nested/carver.ts';
import type { Sink } from '../nested/format.ts';
import { slidingWindow } from '../content/window.ts';
import { bareListReader } from './bare-list.ts';
import { base64Carver } from './base64.ts';
import { byteArrayCarvers } from './byte-array.ts';
import { csvReader, settingsListReader } from './csv.ts';
import { derCarver } from './der.ts';
import { dropbearCarver } from './dropbear.ts';
import { htmlReader } from './html.ts';
import { jsonReader } from './json.ts';
import { readKeyFile } from './key-file.ts';
import { couldBeInList, couldHoldSettings, keyShapesIn } from './key-shapes.ts';
import { labelledReader } from './labelled.ts';
import { labelledHexCarver } from './labelled-hex.ts';
import { openPgpCarver } from './openpgp.ts';
import { openSshKeyCarver } from './openssh.ts';
import { pemCarvers } from './pem.ts';
import { pskFileReader } from './psk-file.ts';
import { hexRecordSink } from './hex-records.ts';
import { puttyCarver } from './putty.ts';
import { shapedText } from './shaped-text.ts';
import { sqlReader } from './sql.ts';
import { couldBeMaps, mapsIn } from '../map/maps.ts';
import { archiveReason } from './archive.ts';
import type { TextReader } from './text.ts';
import { type ChooseReader, textRuns } from './text-runs.ts';
import { transposedReader } from './transposed.ts';
import { utf16Sink } from './utf-16.ts';
import { wikiReader } from './wiki-table.ts';
import { couldBeWhole, readWhole } from './whole.ts';

/** What is looked at before it is decided how to read the rest. */
const HEAD = 65_536;
const LINE_FEED = 10;

/**
 * Reads one stream of bytes, whatever it holds, by its content alone: PEM, SSH keys and whatever is packed anywhere in it; DER and
 * keys in hex anywhere in what is no text; lists, JSON and settings where all of it is text, or a part of it.
 */
export const contentSink = (content: Content): Sink => {
	let head: Buffer[] = [];
	let length = 0;
	let readers: Sink | null = null;
	let isCut = false;

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
		cut() {
			isCut = true;
		},
		async end() {
			if (readers === null && (length === 0 || (!isCut && readKeyFile(Buffer.concat(head), content)))) return;
			const sink = readers ?? (await start(true));
			if (isCut) sink.cut?.();
			await sink.end();
		},
	};
};

const chooseReaders = (head: Buffer, whole: boolean, content: Content): Sink =>
	couldBeMaps(head) ? mapsReader(content) : chooseOthers(head, whole, content);

const chooseOthers = (head: Buffer, whole: boolean, content: Content): Sink => {
	if (beginsFormat(head)) return binaryReaders(content);
	const encoding = encodingOf(head);
	if (encoding !== 'utf-8') return utf16Sink(encoding, content, contentSink(content));
	const archive = archiveReason(head);
	if (archive !== null) content.problem(archive);
	if (isText(head)) {
		const isDeep = content.depth >= content.limits.depth;
		const records = isDeep ? null : hexRecordSink(head.toString('latin1', 0, 8192), content, contentSink);
		if (records !== null) return records;
		return nestedCarver(content, textReaders(head, whole, content), contentSink);
	}
	return couldBeWhole(head) ? wholeReader(content) : binaryReaders(content);
};

/** A word for a device or a key, as lists have above their columns. */
const isTitle = (field: string): boolean => deviceRank(field) !== null || isOtherKeyName(field);

/** A text that holds nothing. */
const nothing: TextReader = { write: () => undefined, end: () => undefined };

const chooseText: ChooseReader = (head, whole, content, strict) => {
	const start = decoder((strict ? null : oldEncodingOf(head, isTitle)) ?? 'utf-8').write(head);
	const marked = jsonReader(start, content) ?? sqlReader(start, content);
	if (marked !== null) return marked;
	const shapes = keyShapesIn(start);
	const settings = (): TextReader => {
		const read = (): TextReader => labelledReader(content, start);
		// What texts among other bytes hold must be known before these are looked at.
		if (couldHoldSettings(start, shapes) || (!whole && strict)) return read();
		return whole ? nothing : shapedText(read);
	};
	return (
		settingsListReader(start, () => labelledReader(content)) ??
		(couldBeInList(shapes) ? transposedReader(start, whole, content) : null) ??
		(couldBeInList(shapes) ? wikiReader(start, content, settings, csvReader) : null) ??
		csvReader(start, content, couldBeInList(shapes)) ??
		pskFileReader(start, whole, content, strict) ??
		(couldBeInList(shapes) ? bareListReader(start, whole, content) : null) ??
		htmlReader(start, content, settings, (text, inner) => csvReader(text, inner) ?? labelledReader(inner)) ??
		settings()
	);
};

const textReaders = (head: Buffer, whole: boolean, content: Content): Outside => {
	const encoding = oldEncodingOf(head, isTitle);
	const called = calledEncoding(encoding);
	const reader = chooseText(head, whole, called === null ? content : content.within(called, content.path), false);
	const text = decoder(encoding ?? 'utf-8');
	const bytes = bytesOf(content, byteArrayCarvers(content, chooseText));
	// A script may carry an archive after its text.
	let ended = false;
	let isCut = false;
	let last = 0;
	const end = (): void => {
		if (!ended) {
			// In a line with this mark no key is believed.
			reader.write(isCut && last !== LINE_FEED ? `${text.end()}\ufffd` : text.end());
			reader.end();
		}
		ended = true;
	};
	return {
		async write(chunk) {
			await bytes.write(chunk);
			if (!ended && chunk.includes(0)) end();
			if (!ended) reader.write(text.write(chunk));
			last = chunk.at(-1) ?? last;
		},
		cut() {
			isCut = true;
		},
		async skip(length) {
			await bytes.skip(length);
		},
		async end() {
			await bytes.end();
			end();
		},
	};
};

type Carvers = Parameters<typeof slidingWindow>[0];

/** What is found among any bytes, and `more`. */
const bytesOf = (content: Content, more: Carvers): Outside => {
	const window = slidingWindow([
		...pemCarvers(content),
		openSshKeyCarver(content),
		dropbearCarver(content),
		puttyCarver(content),
		derCarver(content),
		base64Carver(content),
		...more,
	]);
	return {
		async write(chunk) {
			content.spent.walk.left += chunk.length * content.limits.walkedPerByte;
			window.write(chunk);
		},
		skip: async (length) => window.skip(length),
		end: async () => window.end(),
	};
};

const binaryReaders = (content: Content): Sink => {
	const told = new Set<string>();
	const texts = textRuns(content, told, chooseText);
	const labelledHex = labelledHexCarver(content, told, texts);
	const bytes = bytesOf(content, [openPgpCarver(content), labelledHex.carver]);
	const outside: Outside = {
		async write(chunk) {
			texts.write(chunk);
			await bytes.write(chunk);
		},
		async skip(length) {
			texts.skip(length);
			await bytes.skip(length);
		},
		async end() {
			texts.end();
			await bytes.end();
			labelledHex.end();
		},
	};
	return nestedCarver(content, outside, contentSink);
};

/** Keeps what may be maps in a binary form, and reads them as JSON; what is too long or something else is read as any stream is. */
const mapsReader = (content: Content): Sink => {
	let parts: Buffer[] = [];
	let length = 0;
	let others: Sink | null = null;
	let isCut = false;
	const giveUp = async (whole: boolean): Promise<Sink> => {
		const bytes = Buffer.concat(parts);
		parts = [];
		others = chooseOthers(bytes.subarray(0, HEAD), whole && bytes.length <= HEAD, content);
		await others.write(bytes);
		return others;
	};
	return {
		async write(chunk) {
			if (others !== null) return others.write(chunk);
			parts.push(Buffer.from(chunk));
			length += chunk.length;
			if (length > content.limits.whole) await giveUp(false);
		},
		cut() {
			isCut = true;
			others?.cut?.();
		},
		async end() {
			const bytes = Buffer.concat(parts);
			const maps = others === null && !isCut ? mapsIn(bytes) : null;
			if (maps === null) {
				const sink = others ?? (await giveUp(true));
				if (isCut) sink.cut?.();
				return sink.end();
			}
			const text = JSON.stringify(maps.values);
			const reader = jsonReader(text, content.within(maps.name, content.path));
			reader?.write(text);
			reader?.end();
			const inside = nestedCarver(content, bytesOf(content, []), contentSink);
			await inside.write(bytes);
			await inside.end();
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

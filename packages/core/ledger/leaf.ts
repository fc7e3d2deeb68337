import assert from 'node:assert/strict';
import type { StreamName } from '../device/stream-name.ts';
import { contentType } from '../observe/content-type.ts';
import type { Cursor, Row } from '../port/reading-store.ts';
import { Problem } from '../problem/problem.ts';
import { HASH_LENGTH, sameBytes, sha256 } from './tree.ts';
import { LeafReader, LeafWriter } from './varint.ts';

/**
 * A leaf covers the rows that one commit added to one application:
 *
 *     leaf  = 0x01 ‖ text(application) ‖ varint(number of ranges) ‖ range… ‖ SHA-256(row…)
 *     range = varint(stream − stream before, at first 0) ‖ varint(first) ‖ varint(count) ‖ names
 *     names = text(device) ‖ text(stream name), where first is 1; else nothing
 *     row   = u32(stream) ‖ u64(cursor) ‖ i64(time) ‖ u32(length of payload) ‖ payload
 *
 * A commit that has a row of another content type than `value`, or without its own time, has 0x04 in front (0x02 and 0x03 begin other leaves) and
 *
 *     row   = u32(stream) ‖ u64(cursor) ‖ i64(identity) ‖ i64(time) ‖ u8(content type) ‖ u32(length of payload) ‖ payload
 *
 * Of a commit whose payloads are encrypted (`at-rest`), 0x05 stands for 0x01 and 0x06 for 0x04, and a payload is covered as it lies in
 * the store. So a leaf is no test of a guessed reading, and holds when the key of what it covers is destroyed.
 *
 * Ranges go by stream id, rows by stream id and then cursor; big endian; varint as LEB128, shortest form; text is
 * varint(length) ‖ UTF-8. A stream's names stand in the leaf with its first row, so that the store's ids are covered.
 */
export interface Leaf {
	readonly version: Version;
	readonly application: string;
	readonly ranges: readonly LeafRange[];
	/** SHA-256 over the rows. */
	readonly rows: Uint8Array;
}

/** Rows `first` to `last` of one stream. */
export interface LeafRange {
	readonly stream: number;
	readonly first: Cursor;
	readonly last: Cursor;
	/** Given exactly where `first` is 1. */
	readonly name?: { readonly device: string; readonly stream: string };
}

/** Most rows of one leaf, and so of one application in one commit: what a verifier must hold at once. */
export const MOST_ROWS = 100_000;

/** 1: values with their times; 4: any records; 5 and 6: the same, encrypted. */
type Version = 1 | 4 | 5 | 6;
const headOf = { 1: 24, 4: 33, 5: 24, 6: 33 } as const;
const isVersion = (byte: number): byte is Version => Object.hasOwn(headOf, byte);
const TWO_32 = 2 ** 32;

/** Each commit has one form; null for rows of which some are encrypted and some are not, which no leaf covers. */
const versionOf = (rows: readonly Row[]): Version | null => {
	const isPlain = rows.every(({ type, identity, time }) => type === contentType.value && identity === time);
	const encrypted = rows.filter((row) => row.encrypted === true).length;
	if (encrypted === 0) return isPlain ? 1 : 4;
	if (encrypted === rows.length) return isPlain ? 5 : 6;
	return null;
};

/** The leaf of one commit: its bytes, and its RFC 9162 leaf hash. `rows` are one application's, 1 to {@link MOST_ROWS}, in any order. */
export const makeLeaf = (
	application: string,
	rows: readonly Row[],
	nameOf: (stream: number) => StreamName,
): { readonly bytes: Uint8Array; readonly hash: Uint8Array } => {
	assert(rows.length > 0 && rows.length <= MOST_ROWS);
	const sorted = inOrder(rows);
	const writer = new LeafWriter(64 + application.length + sorted.length * 8);
	writer.byte(0); // RFC 9162 §2.1.1: before a leaf's bytes when it is hashed
	const version = versionOf(sorted);
	assert(version !== null);
	writer.byte(version);
	writer.text(application);
	let count = 0;
	eachRange(sorted, () => count++);
	writer.varint(count);
	let before = 0;
	eachRange(sorted, (stream, first, length) => {
		writer.varint(stream - before);
		writer.varint(first);
		writer.varint(length);
		before = stream;
		if (first !== 1) return;
		const name = nameOf(stream);
		assert.equal(name.application, application);
		writer.text(name.device);
		writer.text(name.stream);
	});
	writer.bytes(hashRows(sorted, version));
	const hashed = writer.done();
	return { bytes: hashed.subarray(1), hash: sha256(hashed) };
};

/** Throws `Problem('ledger-broken')` when the bytes are no leaf in the one form that `makeLeaf` gives it. */
export const readLeaf = (bytes: Uint8Array): Leaf => {
	const reader = new LeafReader(bytes);
	const version = reader.byte();
	if (!isVersion(version)) throw new Problem('ledger-broken', 'The leaf is of an unknown version.');
	const application = reader.text();
	const ranges: LeafRange[] = [];
	let stream = 0;
	let total = 0;
	for (let left = reader.varint(); left > 0; left--) {
		const step = reader.varint();
		const first = reader.varint();
		const count = reader.varint();
		stream += step;
		total += count;
		const last = first + count - 1;
		const possible = Number.isSafeInteger(stream) && Number.isSafeInteger(last) && total <= MOST_ROWS;
		if (step === 0 || first === 0 || count === 0 || !possible) {
			throw new Problem('ledger-broken', 'The leaf has an impossible range of rows.');
		}
		const name = first === 1 ? { device: reader.text(), stream: reader.text() } : undefined;
		ranges.push({ stream, first, last, ...(name && { name }) });
	}
	if (total === 0) throw new Problem('ledger-broken', 'The leaf covers no rows.');
	const rows = reader.bytes(HASH_LENGTH);
	reader.end();
	return { version, application, ranges, rows };
};

/** Whether the leaf covers exactly these rows, given in any order. */
export const checkLeaf = (leaf: Leaf, rows: readonly Row[]): boolean => {
	const sorted = inOrder(rows);
	let index = 0;
	let same = true;
	eachRange(sorted, (stream, first, count) => {
		const range = leaf.ranges[index++];
		same &&= range?.stream === stream && range.first === first && range.last === first + count - 1;
	});
	same &&= leaf.version === versionOf(sorted);
	return same && index === leaf.ranges.length && sameBytes(hashRows(sorted, leaf.version), leaf.rows);
};

const inOrder = (rows: readonly Row[]): readonly Row[] =>
	rows.toSorted((a, b) => a.stream - b.stream || a.cursor - b.cursor);

/** Runs of consecutive cursors of one stream; a hole or a repeated row begins a new run, and so matches no leaf. */
const eachRange = (rows: readonly Row[], visit: (stream: number, first: Cursor, count: number) => void): void => {
	let begin = 0;
	for (let i = 1; i <= rows.length; i++) {
		const row = rows[i];
		const before = rows[i - 1];
		const start = rows[begin];
		assert(before && start);
		if (row && row.stream === before.stream && row.cursor === before.cursor + 1) continue;
		visit(start.stream, start.cursor, i - begin);
		begin = i;
	}
};

const hashRows = (rows: readonly Row[], version: Version): Uint8Array => {
	const head = headOf[version];
	let length = 0;
	for (const row of rows) length += head + row.payload.length;
	const bytes = new Uint8Array(length);
	const view = new DataView(bytes.buffer);
	let at = 0;
	for (const { stream, cursor, identity, time, type, payload } of rows) {
		view.setUint32(at, stream);
		view.setUint32(at + 4, cursor / TWO_32);
		view.setUint32(at + 8, cursor % TWO_32);
		setInt64(view, at + 12, identity);
		if (head === headOf[4]) {
			setInt64(view, at + 20, time);
			view.setUint8(at + 28, type);
		}
		view.setUint32(at + head - 4, payload.length);
		bytes.set(payload, at + head);
		at += head + payload.length;
	}
	return sha256(bytes);
};

/** A safe integer; no BigInt on every reading's path. */
const setInt64 = (view: DataView, at: number, value: number): void => {
	view.setInt32(at, Math.floor(value / TWO_32));
	view.setUint32(at + 4, value >>> 0);
};

import { decode, encode, Tag } from 'cbor2';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { doubtLabel } from './doubt.ts';
import type { RawRecord, ResolvedRecord } from './senml.ts';
import { maxRecords, resolvePack } from './senml.ts';
import { type RecordToWrite, valueLabel } from './senml-json.ts';
import { bignum, taggedNumber, UnknownTag } from './senml-number.ts';
import { senmlOfInstant } from './senml-time.ts';

/** CBOR labels (RFC 8428 §6, table 4). */
const labels = {
	bver: -1,
	bn: -2,
	bt: -3,
	bu: -4,
	bv: -5,
	bs: -6,
	n: 0,
	u: 1,
	v: 2,
	vs: 3,
	vb: 4,
	s: 5,
	t: 6,
	ut: 7,
	vd: 8,
} as const;

const names = new Map<unknown, string>(Object.entries(labels).map(([name, label]) => [label, name]));

/** Reads `application/senml+cbor` (RFC 8428 §6). Throws `Problem('senml-malformed')`. */
export const decodeSenmlCbor = (bytes: Uint8Array, now: Instant | null = null): (ResolvedRecord | Problem)[] => {
	let pack: unknown;
	checkCount(bytes);
	try {
		pack = decode(bytes, { createObject: distinctKeys, maxDepth, ignoreGlobalTags: true });
	} catch (cause) {
		if (cause instanceof Problem) throw cause;
		if (cause instanceof Error && cause.message.includes('depth')) {
			throw new Problem('senml-malformed', 'the pack is nested deeper than SenML is (RFC 8428 §6)', { cause });
		}
		throw new Problem('senml-malformed', 'the payload is not well-formed CBOR', { cause });
	}
	if (!Array.isArray(pack)) throw new Problem('senml-malformed', 'a SenML pack is a CBOR array (RFC 8428 §6)');
	return resolvePack(pack.map(rawRecord), now);
};

/** A pack, a record, a decimal fraction's tag and array, its mantissa's tag and that one's bytes are in one another. */
const maxDepth = 7;
/**
 * Items that a pack of the most records may be made of, and among them arrays and maps, and tags: time and value of each record
 * may be decimal fractions.
 */
const most = { items: maxRecords * 32, containers: maxRecords * 3 + 1, tags: maxRecords * 2 } as const;
/** Major types of RFC 8949 §3.1. */
const major = { byteString: 2, text: 3, array: 4, map: 5, tag: 6 } as const;

/**
 * CR 7.1: one byte of CBOR makes an object. The heads are walked through before anything is made of them: more records than
 * a pack may hold, or more items than they could need, are not decoded. What is not well-formed passes: the decoder says so.
 */
const checkCount = (bytes: Uint8Array): void => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let items = 0;
	let containers = 0;
	let tags = 0;
	for (let at = 0; at < bytes.length;) {
		const first = bytes[at] ?? 0;
		const kind = first >> 5;
		const info = first & 0x1f;
		const width = info < 24 || info > 27 ? 0 : 1 << (info - 24);
		if (at + 1 + width > bytes.length) return;
		const length =
			width === 0
				? info
				: width === 1
					? view.getUint8(at + 1)
					: width === 2
						? view.getUint16(at + 1)
						: view.getUint32(at + 1);
		// An array of a definite length says how many records there are; one of eight bytes is longer than any packet.
		if (at === 0 && kind === major.array && info !== indefinite && (width === 8 || length > maxRecords))
			throw tooMany();
		if (kind === major.array || kind === major.map) containers++;
		if (kind === major.tag) tags++;
		if (++items > most.items || containers > most.containers || tags > most.tags) throw tooMany();
		at += 1 + width;
		if ((kind === major.byteString || kind === major.text) && info !== indefinite) {
			if (width === 8) return;
			at += length;
		}
	}
};

const indefinite = 31;

const tooMany = (): Problem =>
	new Problem('senml-malformed', `the pack holds more than the ${maxRecords} records that are taken at a time`);

/**
 * RFC 8949 §5.6: a key written twice means one thing to one reader and another to the next. The library compares encoded
 * bytes, and would let the same number in a longer form pass.
 */
const distinctKeys = (entries: readonly (readonly [unknown, unknown, ...unknown[]])[]): Map<unknown, unknown> => {
	const map = new Map(entries.map(([key, value]) => [key, value]));
	if (map.size !== entries.length) throw new Problem('senml-malformed', 'a CBOR map has a key twice (RFC 8949 §5.6)');
	return map;
};

const rawRecord = (item: unknown): RawRecord => {
	if (!(item instanceof Map)) {
		throw new Problem('senml-malformed', 'each record of a CBOR pack is a map (RFC 8428 §6)');
	}
	const raw = Object.create(null) as Record<string, unknown>;
	for (const [label, value] of item) {
		const name = names.get(label) ?? (typeof label === 'string' ? label : `label ${String(label)}`);
		if (name in raw) throw new Problem('senml-malformed', `a record names ${JSON.stringify(name)} twice`);
		raw[name] = plain(value, name);
	}
	return raw;
};

/** RFC 8428 §6: a number may be an integer of any size or a decimal fraction; a version only an unsigned integer. */
const plain = (value: unknown, label: string): unknown => {
	if (label === 'vd' && value instanceof Uint8Array) return Buffer.from(value).toString('base64url');
	if (typeof value === 'bigint') return label === 'bver' ? value : Number(value);
	if (!(value instanceof Tag)) return value;
	const number = label === 'bver' ? null : taggedNumber(numberOf(value), contentsOf(value));
	return number ?? new UnknownTag(numberOf(value));
};

const numberOf = ({ tag }: Tag): number => Number(tag);

/** The contents of a tag; a mantissa that is a big number has a tag too (RFC 8949 §3.4.4). */
const contentsOf = ({ contents }: Tag): unknown =>
	Array.isArray(contents)
		? contents.map((item: unknown) => (item instanceof Tag ? bignum(numberOf(item), item.contents) : item))
		: contents;

/** Writes `application/senml+cbor`. */
export const encodeSenmlCbor = (records: readonly RecordToWrite[]): Uint8Array =>
	encode(
		records.map(
			({ name, unit, time, value, doubt }) =>
				new Map<number | string, number | string | boolean>([
					[labels.n, name],
					[labels.u, unit],
					[labels.t, senmlOfInstant(time)],
					[labels[valueLabel(value)], value],
					...(doubt === undefined ? [] : [[doubtLabel, doubt.join(' ')] as const]),
				]),
		),
	);

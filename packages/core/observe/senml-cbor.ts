import { decode, encode } from 'cbor2';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import type { RawRecord, ResolvedRecord } from './senml.ts';
import { resolvePack } from './senml.ts';
import { type RecordToWrite, valueLabel } from './senml-json.ts';
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
	try {
		pack = decode(bytes, { createObject: distinctKeys, maxDepth: 4, ignoreGlobalTags: true });
	} catch (cause) {
		throw new Problem('senml-malformed', 'the payload is not well-formed CBOR', { cause });
	}
	if (!Array.isArray(pack)) throw new Problem('senml-malformed', 'a SenML pack is a CBOR array (RFC 8428 §6)');
	return resolvePack(pack.map(rawRecord), now);
};

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
		raw[name] = value;
	}
	return raw;
};

/** Writes `application/senml+cbor`. */
export const encodeSenmlCbor = (records: readonly RecordToWrite[]): Uint8Array =>
	encode(
		records.map(
			({ name, unit, time, value }) =>
				new Map<number, number | string | boolean>([
					[labels.n, name],
					[labels.u, unit],
					[labels.t, senmlOfInstant(time)],
					[labels[valueLabel(value)], value],
				]),
		),
	);

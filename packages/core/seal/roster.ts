import { isName } from '../device/name.ts';
import { isCanonicalKey } from '../format/canonical-key.ts';
import { importMlKemKey } from '../format/ml-kem.ts';
import { profilePublicKey } from '../format/public-key.ts';
import { parseSpan } from '../policy/span.ts';
import { isUnit } from '../policy/unit.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import type { Milliseconds } from '../units/milliseconds.ts';
import { sha256 } from './content-key.ts';
import type { ReaderKey } from './recipient.ts';
import { base64Of, membersOf, objectOf, strictJson, textOf, timeOf, wrong } from './roster-text.ts';
import { isSuite, mostHybridReaders, mostReaders, type Suite } from './suite.ts';

/** What the owner says of one application: who may send, read and command, and how (TUF target `rosters/{application}.json`). */
export interface Roster {
	readonly application: string;
	/** Rises with each roster of the application. */
	readonly number: number;
	readonly issued: Instant;
	readonly expires: Instant;
	/** By id. The keys that sign a device's epochs and checkpoints; the one before it too while it is succeeded. */
	readonly devices: ReadonlyMap<string, { readonly key: Uint8Array; readonly previous: Uint8Array | null }>;
	readonly readers: ReadonlyMap<string, RosterReader>;
	readonly commanders: ReadonlyMap<string, { readonly key: Uint8Array; readonly expires: Instant }>;
	/** How many must sign a command, and a dangerous one. */
	readonly signers: { readonly command: 1; readonly dangerous: 1 | 2 };
	/** By name; one that is not here is dangerous. */
	readonly commands: ReadonlyMap<string, 'dangerous' | 'harmless'>;
	readonly streams: ReadonlyMap<string, StreamTerms>;
	/** SHA-256 of its bytes. */
	readonly hash: Uint8Array;
}

export interface RosterReader extends ReaderKey {
	readonly streams: readonly string[];
	/** An archive may wrap old epochs for new readers. */
	readonly purpose: 'read' | 'archive';
	readonly expires: Instant;
}

/** How a stream is sent: taken from a roster and nowhere else, so that no service can order it unsealed. */
export interface StreamTerms {
	readonly sealed: boolean;
	readonly suite: Suite;
	/** Each reading by itself, or all of them within this time. */
	readonly signed: 'each' | { readonly within: Milliseconds };
	/** How often it is sent; null where nothing is promised. */
	readonly every: Milliseconds | null;
	/** The longest that one content key is used. */
	readonly epoch: Milliseconds;
	readonly unit: string;
	/** Goes on under a roster that has expired, marked. */
	readonly essential: boolean;
}

/** Reads a roster. Throws `Problem('roster-malformed')` with the place that is wrong. */
export const parseRoster = (bytes: Uint8Array): Roster => {
	const all = membersOf(
		strictJson(bytes),
		'roster',
		[
			...['type', 'version', 'application', 'number', 'issued', 'expires'],
			...['devices', 'readers', 'commanders', 'signers', 'streams'],
		],
		['commands'],
	);
	if (all['type'] !== 'keyward-roster') throw wrong('type', 'is not "keyward-roster"');
	if (all['version'] !== 1) throw wrong('version', 'is not 1, the one that is known here');
	const number = all['number'];
	if (!Number.isSafeInteger(number) || (number as number) < 1) throw wrong('number', 'is no whole number from 1');
	const keys = new DistinctKeys();
	const streams = entriesOf(all['streams'], 'streams', termsOf);
	const roster: Roster = {
		application: nameOf(all['application'], 'application'),
		number: number as number,
		issued: timeOf(all['issued'], 'issued'),
		expires: timeOf(all['expires'], 'expires'),
		devices: entriesOf(all['devices'], 'devices', (value, where) => {
			const { key, previous } = membersOf(value, where, ['key'], ['previous']);
			return {
				key: keys.take(key, `${where}.key`),
				previous: previous === undefined ? null : keys.take(previous, `${where}.previous`),
			};
		}),
		readers: entriesOf(all['readers'], 'readers', (value, where) => readerOf(value, where, keys, streams)),
		commanders: entriesOf(all['commanders'], 'commanders', (value, where) => {
			const { key, expires } = membersOf(value, where, ['key', 'expires']);
			return { key: keys.take(key, `${where}.key`), expires: timeOf(expires, `${where}.expires`) };
		}),
		signers: signersOf(all['signers']),
		commands: entriesOf(all['commands'] ?? {}, 'commands', (value, where) => {
			if (value === 'dangerous' || value === 'harmless') return value;
			throw wrong(where, 'is neither "dangerous" nor "harmless"');
		}),
		streams,
		hash: sha256(bytes),
	};
	if (roster.expires <= roster.issued) throw wrong('expires', 'is not after "issued"');
	for (const [name, { suite }] of streams) {
		const most = suite === 2 ? mostHybridReaders : mostReaders;
		const readers = [...roster.readers.values()].filter((reader) => reader.streams.includes(name));
		if (readers.length > most) {
			throw wrong(
				`streams.${name}`,
				`has ${readers.length} readers; at most ${most} can have one stream of suite ${suite}`,
			);
		}
	}
	return roster;
};

const nameOf = (value: unknown, where: string): string => {
	const text = textOf(value, where);
	if (!isName(text)) throw wrong(where, 'is no name');
	return text;
};

const entriesOf = <T>(
	value: unknown,
	where: string,
	read: (value: unknown, where: string) => T,
): ReadonlyMap<string, T> =>
	new Map(
		Object.entries(objectOf(value, where)).map(([name, one]) => [
			nameOf(name, `${where}.${name}`),
			read(one, `${where}.${name}`),
		]),
	);

const signersOf = (value: unknown): Roster['signers'] => {
	const { command, dangerous } = membersOf(value, 'signers', ['command', 'dangerous']);
	if (command !== 1) throw wrong('signers.command', 'is not 1');
	if (dangerous !== 1 && dangerous !== 2) throw wrong('signers.dangerous', 'is neither 1 nor 2');
	return { command, dangerous };
};

const readerOf = (
	value: unknown,
	where: string,
	keys: DistinctKeys,
	known: ReadonlyMap<string, StreamTerms>,
): RosterReader => {
	const { key, kem, streams, purpose, expires } = membersOf(
		value,
		where,
		['key', 'streams', 'purpose', 'expires'],
		['kem'],
	);
	if (!Array.isArray(streams)) throw wrong(`${where}.streams`, 'is no list');
	const names = streams.map((name) => textOf(name, `${where}.streams`));
	if (new Set(names).size !== names.length) throw wrong(`${where}.streams`, 'names a stream twice');
	for (const name of names) {
		const terms = known.get(name);
		if (terms === undefined) throw wrong(`${where}.streams`, `names ${JSON.stringify(name)}, which "streams" has not`);
		if (terms.suite === 2 && kem === undefined) throw wrong(`${where}.kem`, `is missing: ${name} is of suite 2`);
	}
	if (purpose !== 'read' && purpose !== 'archive') throw wrong(`${where}.purpose`, 'is neither "read" nor "archive"');
	return {
		key: keys.take(key, `${where}.key`),
		...(kem !== undefined && { kem: keys.takeKem(kem, `${where}.kem`) }),
		streams: names,
		purpose,
		expires: timeOf(expires, `${where}.expires`),
	};
};

const termsOf = (value: unknown, where: string): StreamTerms => {
	const terms = membersOf(value, where, ['sealed', 'suite', 'signed', 'every', 'epoch', 'unit', 'essential']);
	const { sealed, suite, signed, every, unit, essential } = terms;
	if (typeof sealed !== 'boolean') throw wrong(`${where}.sealed`, 'is neither true nor false');
	if (typeof essential !== 'boolean') throw wrong(`${where}.essential`, 'is neither true nor false');
	if (!isSuite(suite)) throw wrong(`${where}.suite`, 'is neither 1 nor 2');
	if (typeof unit !== 'string' || !(unit === '' || isUnit(unit))) throw wrong(`${where}.unit`, 'is no unit of SenML');
	return {
		sealed,
		suite,
		signed:
			signed === 'each'
				? 'each'
				: { within: spanOf(membersOf(signed, `${where}.signed`, ['within'])['within'], `${where}.signed.within`) },
		every: every === null ? null : spanOf(every, `${where}.every`),
		epoch: spanOf(terms['epoch'], `${where}.epoch`),
		unit,
		essential,
	};
};

const spanOf = (value: unknown, where: string): Milliseconds => {
	try {
		return parseSpan(textOf(value, where));
	} catch (cause) {
		if (!(cause instanceof Problem)) throw cause;
		throw wrong(where, 'is no span of time such as 60s');
	}
};

/**
 * No key of a roster is there twice: two readers with one key could not be told apart, and to revoke one would leave the other
 * reading for both; a key with two uses lets one be turned against the other (NIST SP 800-57 Part 1 §5.2).
 */
class DistinctKeys {
	readonly #seen = new Set<string>();

	take(value: unknown, where: string): Uint8Array {
		const spki = base64Of(value, where);
		if (profilePublicKey(spki)?.algorithm !== 'P-256' || !isCanonicalKey(spki)) throw wrong(where, 'is no P-256 key');
		return this.#distinct(spki, where);
	}

	takeKem(value: unknown, where: string): Uint8Array {
		const key = base64Of(value, where);
		if (importMlKemKey(key) === null) throw wrong(where, 'is no ML-KEM-768 key');
		return this.#distinct(key, where);
	}

	#distinct(key: Uint8Array, where: string): Uint8Array {
		const text = Buffer.from(key).toString('latin1');
		if (this.#seen.has(text)) throw wrong(where, 'is a key that the roster has elsewhere too');
		this.#seen.add(text);
		return key;
	}
}

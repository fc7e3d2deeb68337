import { Problem } from '../problem/problem.ts';

/** Where the private half of a key lies for anybody to take. */
export interface PublishedKey {
	/** `product`: shipped in products. `generator`: made by a flawed generator, so that anybody makes it again. `example`: in a document or test suite. */
	readonly kind: PublishedKind;
	/** In words that follow "its private half is public: it is": "in the firmware of 411 products by 31 vendors". */
	readonly where: string;
	readonly cve: string | null;
}

const kinds = ['product', 'generator', 'example'] as const;

export type PublishedKind = (typeof kinds)[number];

/** Keys whose private half is public. */
export interface PublishedKeys {
	/** `hash`: SHA-256 of the canonical SubjectPublicKeyInfo, lower-case hex. A microsecond. */
	get(hash: string): PublishedKey | undefined;
}

/** Octets of each hash that are kept: 2^-63 is how likely one of 100,000 of them meets a key by chance. */
const KEPT = 10;
const ROW = KEPT + 2;
const MAGIC = 'keyward published keys 1\n';

/**
 * Reads `published-keys.bin`: a line that names the format, one line of JSON with the sources (`PublishedKey`s), then a row for each
 * key, sorted: the first 10 octets of its hash and the number of its source in two octets. Throws `Problem('file-unreadable')`.
 */
export const readPublishedKeys = (bytes: Uint8Array): PublishedKeys & { readonly size: number } => {
	const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const end = file.indexOf('\n', MAGIC.length);
	if (file.toString('latin1', 0, MAGIC.length) !== MAGIC || end < 0) throw unreadable('it begins as another file does');
	const sources = readSources(file.toString('utf8', MAGIC.length, end));
	const rows = file.subarray(end + 1);
	const size = rows.length / ROW;
	if (!Number.isSafeInteger(size)) throw unreadable('it ends inside a row');
	requireOrder(rows, sources.length);
	return {
		size,
		get(hash) {
			const wanted = Buffer.from(hash.slice(0, 2 * KEPT), 'hex');
			if (wanted.length < KEPT) return undefined;
			let [low, high] = [0, size];
			while (low < high) {
				const middle = (low + high) >>> 1;
				if (rows.compare(wanted, 0, KEPT, middle * ROW, middle * ROW + KEPT) > 0) high = middle;
				else low = middle + 1;
			}
			const at = (low - 1) * ROW;
			if (at < 0 || rows.compare(wanted, 0, KEPT, at, at + KEPT) !== 0) return undefined;
			return sources[rows.readUInt16BE(at + KEPT)];
		},
	};
};

/** All rows, before one is looked for: by the first four octets, which hardly any two have in common. */
const requireOrder = (rows: Buffer, sources: number): void => {
	const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
	let before = -1;
	for (let at = 0; at < rows.length; at += ROW) {
		if (view.getUint16(at + KEPT) >= sources) throw unreadable('a row names a source that is not there');
		const first = view.getUint32(at);
		if (first < before || (first === before && rows.compare(rows, at, at + KEPT, at - ROW, at - ROW + KEPT) >= 0))
			throw unreadable('its rows are not in order');
		before = first;
	}
};

/** The file that {@link readPublishedKeys} reads; a key with several sources keeps the first. */
export const writePublishedKeys = (keys: Iterable<readonly [hash: string, PublishedKey]>): Uint8Array => {
	const sources = new Map<string, number>();
	const rows = new Map<string, Buffer>();
	for (const [hash, { kind, where, cve }] of keys) {
		const kept = hash.slice(0, 2 * KEPT);
		if (rows.has(kept)) continue;
		const source = JSON.stringify({ kind, where, cve });
		const number = sources.get(source) ?? sources.size;
		sources.set(source, number);
		const row = Buffer.alloc(ROW);
		row.write(kept, 'hex');
		row.writeUInt16BE(number, KEPT);
		rows.set(kept, row);
	}
	const sorted = [...rows.values()].toSorted(Buffer.compare);
	return new Uint8Array(Buffer.concat([Buffer.from(`${MAGIC}[${[...sources.keys()].join(',')}]\n`), ...sorted]));
};

const readSources = (line: string): readonly PublishedKey[] => {
	let list: unknown;
	try {
		list = JSON.parse(line);
	} catch {
		throw unreadable('its second line is not JSON');
	}
	if (!Array.isArray(list) || !list.every(isSource)) throw unreadable('its second line is not a list of sources');
	return list;
};

const isSource = (item: unknown): item is PublishedKey => {
	if (typeof item !== 'object' || item === null) return false;
	const { kind, where, cve } = item as Record<string, unknown>;
	return kinds.some((one) => one === kind) && typeof where === 'string' && (cve === null || typeof cve === 'string');
};

const unreadable = (what: string): Problem =>
	new Problem('file-unreadable', `The list of published keys cannot be read: ${what}. Install Keyward again.`);

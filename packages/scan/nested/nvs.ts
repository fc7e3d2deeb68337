import { crc32 } from 'node:zlib';
import { keyCalled } from '../list/key-names.ts';
import type { Format, Opened } from './format.ts';
import { into } from './into.ts';

const PAGE = 4096;
const ENTRY = 32;
const ENTRIES = 126;
const [STRING, BLOB, BLOB_PART] = [0x21, 0x41, 0x42];
/** Bytes that a key has. */
const [SHORTEST_KEY, LONGEST_KEY] = [8, 64];

/** A page's header: its CRC covers the sequence number and the version. */
const isPage = (bytes: Buffer): boolean =>
	bytes.length >= 32 &&
	[0xfffffffe, 0xfffffffc, 0xfffffff8].includes(bytes.readUInt32LE(0)) &&
	crc32(bytes.subarray(4, 28), 0xffffffff) === bytes.readUInt32LE(28);

interface Stored {
	readonly space: number;
	readonly type: number;
	readonly key: string;
	readonly chunk: number;
	readonly bytes: Buffer;
}

/** Strings and blobs of one page, and names of its namespaces. */
const storedIn = (page: Buffer, spaces: Map<number, string>): Stored[] => {
	const stored: Stored[] = [];
	for (let index = 0; index < ENTRIES; index++) {
		const at = 64 + index * ENTRY;
		const isWritten = ((page[32 + (index >> 2)] ?? 0) >> ((index & 3) * 2)) & 3;
		if (isWritten !== 2) continue;
		const [space = 0, type = 0, span = 1, chunk = 0] = page.subarray(at, at + 4);
		const key = page.toString('latin1', at + 8, at + 24).split('\0', 1)[0] ?? '';
		if (space === 0 && type === 1) spaces.set(page[at + 24] ?? 0, key);
		if (type !== STRING && type !== BLOB && type !== BLOB_PART) continue;
		const length = page.readUInt16LE(at + 24);
		stored.push({ space, type, key, chunk, bytes: page.subarray(at + ENTRY, at + ENTRY + length) });
		index += Math.max(0, span - 1);
	}
	return stored;
};

const giveAll = async (
	opened: Opened,
	stored: readonly Stored[],
	spaces: ReadonlyMap<number, string>,
): Promise<void> => {
	const blobs = new Map<string, Stored[]>();
	for (const one of stored) {
		const name = `${spaces.get(one.space) ?? one.space}/${one.key}`;
		if (one.type === STRING) {
			const text = one.bytes.toString('utf8').split('\0', 1)[0] ?? '';
			await into(opened.inside(name), (give) => give(Buffer.from(`${one.key}=${text}\n`)));
		} else blobs.set(name, [...(blobs.get(name) ?? []), one]);
	}
	for (const [name, parts] of blobs) {
		const bytes = Buffer.concat(parts.toSorted((a, b) => a.chunk - b.chunk).map((part) => part.bytes));
		const inner = opened.inside(name);
		const called = keyCalled(parts[0]?.key ?? '');
		if (called !== null && bytes.length >= SHORTEST_KEY && bytes.length <= LONGEST_KEY)
			inner.content.psk(parts[0]?.key ?? '', new Uint8Array(bytes), null, called.role);
		await into(inner, (give) => give(bytes));
	}
};

/** ESP-IDF's non-volatile storage (docs.espressif.com, "NVS"): names with strings and blobs, page by page. */
export const nvs: readonly Format[] = ['feffffff', 'fcffffff', 'f8ffffff'].map((state) => ({
	name: 'a partition of NVS',
	label: 'NVS',
	magic: Buffer.from(state, 'hex'),
	fits: (window, start) => isPage(window.subarray(start, start + 32)),
	async read(opened) {
		const { feed } = opened;
		const spaces = new Map<number, string>();
		const stored: Stored[] = [];
		while ((await feed.need(PAGE)) && (isPage(feed.bytes) || stored.length > 0)) {
			// Pages that were never written lie behind those that were.
			if (!isPage(feed.bytes)) {
				if (!feed.bytes.subarray(0, PAGE).every((octet) => octet === 0xff)) break;
				feed.drop(PAGE);
				continue;
			}
			stored.push(...storedIn(Buffer.from(await feed.take(PAGE)), spaces));
			feed.commit();
		}
		await giveAll(opened, stored, spaces);
	},
}));

import { hash } from 'node:crypto';
import type { Bytes } from '../units/bytes.ts';

/** A hello in more bytes than this is not read: those of all clients that we know have under 2 KiB. */
const LARGEST_HELLO = 16_384;
const unreadable = 'unreadable';

/** RFC 8701: values that a client draws by lot. */
const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);

/**
 * Extensions that differ between connections of one client (RFC 8446 §4.2): the name that was dialled, padding, a resumed session and
 * a retry; and groups with their point formats, since the site may ask a device for better ones at any time, without a release.
 */
const passing: ReadonlySet<number> = new Set([0, 10, 11, 21, 35, 41, 42, 44]);
/** Extensions whose contents are the software's: signature algorithms, ALPN, versions, PSK modes, signature algorithms of certificates. */
const telling: ReadonlySet<number> = new Set([13, 16, 43, 45, 50]);
/** Those of them that are lists of 16-bit values, and how many bytes of length stand before. */
const lists: ReadonlyMap<number, number> = new Map([
	[13, 2],
	[43, 1],
	[50, 2],
]);

const values = (bytes: Buffer): number[] =>
	Array.from({ length: bytes.length >> 1 }, (_, index) => bytes.readUInt16BE(2 * index)).filter(
		(value) => !isGrease(value),
	);

/** The handshake messages in whole records (RFC 8446 §5.1): one may lie in several. */
const messages = (records: Buffer): Buffer => {
	const parts: Buffer[] = [];
	for (let at = 0; at < records.length;) {
		const end = at + 5 + records.readUInt16BE(at + 3);
		parts.push(records.subarray(at + 5, end));
		at = end;
	}
	const [first] = parts;
	return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
};

/**
 * What of a hello its profile is made of, as it came: to read it costs a fifth of what the profile does. Throws `RangeError` where a length
 * leads beyond its end.
 */
const tellingPart = (body: Buffer): string => {
	const after = (at: number, width: 1 | 2, most: number): number => {
		const end = at + width + body.readUIntBE(at, width);
		if (end > most) throw new RangeError('a length leads beyond the end');
		return end;
	};
	const suites = after(34, 1, body.length);
	let place = after(after(suites, 2, body.length), 1, body.length);
	let told = body.toString('latin1', 0, 2) + body.toString('latin1', suites, place);
	if (place === body.length) return told;
	const end = after(place, 2, body.length);
	for (place += 2; place < end;) {
		const type = body.readUInt16BE(place);
		const next = after(place + 2, 2, end);
		if (!isGrease(type) && !passing.has(type))
			told += body.toString('latin1', place, telling.has(type) ? next : place + 2);
		place = next;
	}
	return told;
};

/** Profiles that were made of late, by what they were made of: devices of one release say the same. */
const profiles = new Map<string, string>();
/** So many, and none of more than so many bytes. */
const remembered = { most: 256, longest: 1024 } as const;

const profileOf = (body: Buffer): string => {
	const told = tellingPart(body);
	const before = profiles.get(told);
	if (before !== undefined) return before;
	const profile = makeProfile(body);
	if (told.length > remembered.longest) return profile;
	if (profiles.size >= remembered.most) profiles.clear();
	profiles.set(told, profile);
	return profile;
};

/** RFC 8446 §4.1.2. Throws `RangeError` where a length leads beyond its end. */
const makeProfile = (body: Buffer): string => {
	let at = 34;
	const take = (width: 1 | 2): Buffer => {
		const length = body.readUIntBE(at, width);
		const end = at + width + length;
		if (end > body.length) throw new RangeError('a length leads beyond the end');
		const taken = body.subarray(at + width, end);
		at = end;
		return taken;
	};
	// The session id is drawn by lot.
	take(1);
	const said: unknown[] = [body.readUInt16BE(0), values(take(2)), take(1).toString('hex')];
	const extensions = at === body.length ? Buffer.alloc(0) : take(2);
	const kept: (readonly [number, unknown])[] = [];
	for (let place = 0; place < extensions.length;) {
		const type = extensions.readUInt16BE(place);
		const end = place + 4 + extensions.readUInt16BE(place + 2);
		if (end > extensions.length) throw new RangeError('an extension leads beyond the end');
		const contents = extensions.subarray(place + 4, end);
		place = end;
		if (isGrease(type) || passing.has(type)) continue;
		const before = lists.get(type);
		const content = before === undefined ? contents.toString('hex') : values(contents.subarray(before));
		kept.push([type, telling.has(type) ? content : null]);
	}
	// Some clients draw their order by lot.
	kept.sort(([one], [other]) => one - other);
	return hash('sha256', JSON.stringify([...said, kept]), 'hex');
};

/** What a client said first. */
export interface ClientHello {
	/** SHA-256 of what it offers, lower-case hex: the same from one connection to the next. */
	readonly profile: string;
	/** So many of the bytes are the hello; the others came behind it. */
	readonly length: Bytes;
}

/**
 * Reads what a TLS client says first, before its certificate: it tells what software the client is. To be called with all bytes so far
 * each time that more have come; null: the hello is not whole. No record is looked at twice, however small they are (CR 7.1).
 * What cannot be read has the profile `unreadable`, all of it alike, so that nobody escapes comparison by malformed bytes, and no
 * length. What is kept was made by it: read in another way, every device would seem to have changed.
 */
export const createHelloReader = (): ((bytes: Buffer) => ClientHello | null) => {
	const malformed: ClientHello = { profile: unreadable, length: 0 };
	/** Where the next record begins; bytes of messages in those before; of the hello, with its head. */
	let [at, size, whole] = [0, 0, Number.POSITIVE_INFINITY];
	return (bytes) => {
		if (bytes[0] !== undefined && bytes[0] !== 22) return malformed;
		while (size < whole && at + 5 <= bytes.length) {
			const length = bytes.readUInt16BE(at + 3);
			if (bytes[at] !== 22 || bytes[at + 1] !== 3 || length === 0) return malformed;
			if (at + 5 + length > bytes.length) break;
			at += 5 + length;
			size += length;
			if (whole === Number.POSITIVE_INFINITY && size >= 4) {
				const head = messages(bytes.subarray(0, at));
				whole = 4 + head.readUIntBE(1, 3);
				if (head[0] !== 1 || whole > LARGEST_HELLO) return malformed;
			}
		}
		if (size < whole) return bytes.length < LARGEST_HELLO ? null : malformed;
		try {
			const profile = profileOf(messages(bytes.subarray(0, at)).subarray(4, whole));
			return { profile, length: at - (size - whole) };
		} catch (error) {
			// A length that leads beyond its end.
			if (error instanceof RangeError) return malformed;
			throw error;
		}
	};
};

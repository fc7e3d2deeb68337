import type { Content } from '../content/content.ts';
import { der } from '../key/der.ts';
import { dsaSpki, ecSpki, type OctetKey, octetSpki, rsaSpki } from '../key/spki.ts';
import type { Carver } from '../content/window.ts';

/** Packets by their tags (RFC 9580 §5). */
const [SIGNATURE, SECRET, PUBLIC, SECRET_SUB, USER, PUBLIC_SUB] = [2, 5, 6, 7, 13, 14];
const LONGEST_PACKET = 65_536;
/** Packets behind a key that are looked at for its users and the keys below it. */
const MOST_PACKETS = 64;
const ED25519_LEGACY = '2b06010401da470f01';
const CURVE25519_LEGACY = '2b060104019755010501';

interface Packet {
	readonly tag: number;
	readonly body: Buffer;
	readonly end: number;
}

/** The packet at `at` (RFC 9580 §4.2); null for none that is whole. */
const packetAt = (bytes: Buffer, at: number): Packet | null => {
	const first = bytes[at] ?? 0;
	const second = bytes[at + 1] ?? 0;
	if ((first & 0x80) === 0 || at + 6 > bytes.length) return null;
	let tag: number;
	let length: number;
	let from: number;
	if ((first & 0x40) === 0) {
		tag = (first >> 2) & 15;
		const kind = first & 3;
		if (kind === 3) return null;
		length = bytes.readUIntBE(at + 1, 2 ** kind);
		from = at + 1 + 2 ** kind;
	} else {
		tag = first & 63;
		if (second < 192) [length, from] = [second, at + 2];
		else if (second < 224) [length, from] = [((second - 192) << 8) + (bytes[at + 2] ?? 0) + 192, at + 3];
		else if (second === 255) [length, from] = [bytes.readUInt32BE(at + 2), at + 6];
		else return null;
	}
	if (length > LONGEST_PACKET || from + length > bytes.length) return null;
	return { tag, body: bytes.subarray(from, from + length), end: from + length };
};

interface Key {
	readonly spki: Uint8Array;
	/** Where the public part ends. */
	readonly end: number;
}

/** The public part of a key (RFC 9580 §5.5.2, 5.5.5); null for anything else, or of a kind without a SubjectPublicKeyInfo. */
const keyIn = (body: Buffer): Key | null => {
	const version = body[0] ?? 0;
	if (version !== 4 && version !== 6) return null;
	// Made between 1995 and 2040.
	if (body.length < 12 || body.readUInt32BE(1) < 788_918_400 || body.readUInt32BE(1) > 2_208_988_800) return null;
	const algorithm = body[5] ?? 0;
	let at = version === 6 ? 10 : 6;
	/** A number whose length is that of its highest bit. */
	const number = (): Buffer | null => {
		if (at + 2 > body.length) return null;
		const bits = body.readUInt16BE(at);
		const octets = Math.ceil(bits / 8);
		const value = body.subarray(at + 2, at + 2 + octets);
		at += 2 + octets;
		const fits = value.length === octets && bits > 0 && (value[0] ?? 0) >> ((bits - 1) % 8) === 1;
		return fits ? value : null;
	};
	const found = (spki: Uint8Array | null): Key | null => (spki === null ? null : { spki, end: at });
	const raw = (name: OctetKey, length: number): Key | null => {
		const octets = body.subarray(at, at + length);
		at += length;
		return octets.length === length ? found(octetSpki(name, octets)) : null;
	};
	switch (algorithm) {
		case 1:
		case 2:
		case 3: {
			const [n, e] = [number(), number()];
			return n === null || e === null || n.length < 32 || e.length > 8 ? null : found(rsaSpki(n, e));
		}
		case 17: {
			const [p, q, g, y] = [number(), number(), number(), number()];
			return p && q && g && y && p.length >= 64 ? found(dsaSpki(p, q, g, y)) : null;
		}
		case 18:
		case 19:
		case 22: {
			const length = body[at] ?? 0;
			const oid = body.subarray(at + 1, at + 1 + length);
			at += 1 + length;
			const point = oid.length < 5 || oid.length > 10 ? null : number();
			if (point === null) return null;
			const name =
				oid.toString('hex') === ED25519_LEGACY
					? 'Ed25519'
					: oid.toString('hex') === CURVE25519_LEGACY
						? 'X25519'
						: null;
			if (name !== null)
				return point.length === 33 && point[0] === 0x40 ? found(octetSpki(name, point.subarray(1))) : null;
			return point[0] === 4 ? found(ecSpki(der(0x06, oid), point)) : null;
		}
		case 25:
			return raw('X25519', 32);
		case 26:
			return raw('X448', 56);
		case 27:
			return raw('Ed25519', 32);
		case 28:
			return raw('Ed448', 57);
		default:
			return null;
	}
};

/** What follows a key: who uses it, or a signature of a known version and kind. */
const isUserOrSignature = ({ tag, body }: Packet): boolean =>
	(tag === USER && body.length > 3 && !/[\p{Cc}\ufffd]/u.test(body.toString('utf8'))) ||
	(tag === SIGNATURE &&
		(body[0] === 4 || body[0] === 6) &&
		[0x10, 0x11, 0x12, 0x13, 0x18, 0x1f, 0x20].includes(body[1] ?? 0));

const isKey = (tag: number): boolean => tag === SECRET || tag === PUBLIC || tag === SECRET_SUB || tag === PUBLIC_SUB;

/**
 * Gives the key that begins at `at`, and those below it, under the names of its users; gives where they end, 0 when there is none.
 * `carved`: found among other bytes, where a user or a signature must follow.
 */
export const readOpenPgp = (bytes: Buffer, at: number, content: Content, where: string, carved: boolean): number => {
	const keys: { readonly key: Key; readonly tag: number; readonly body: Buffer }[] = [];
	const users: string[] = [];
	let end = at;
	let packetCount = 0;
	for (let count = 0; count < MOST_PACKETS; count++) {
		const packet = packetAt(bytes, end);
		if (packet === null || (count > 0 && (packet.tag === PUBLIC || packet.tag === SECRET))) break;
		const key = isKey(packet.tag) ? keyIn(packet.body) : null;
		const isPrivate = packet.tag === SECRET || packet.tag === SECRET_SUB;
		// The first must be a key and nothing else: a public one fills its packet.
		if (count === 1 && carved && !isUserOrSignature(packet)) return 0;
		if (count === 0 && (key === null || (isPrivate ? key.end >= packet.body.length : key.end !== packet.body.length)))
			return 0;
		if (key !== null) keys.push({ key, tag: packet.tag, body: packet.body });
		if (packet.tag === USER)
			users.push(/<([^<>\s]{3,128})>/.exec(packet.body.toString('utf8'))?.[1] ?? packet.body.toString('utf8', 0, 128));
		packetCount++;
		({ end } = packet);
	}
	if (carved && packetCount < 2) return 0;
	for (const { key, tag, body } of keys) {
		const isPrivate = tag === SECRET || tag === SECRET_SUB;
		if (content.isRepeat(body)) continue;
		content.key(`${isPrivate ? 'private' : 'public'} key (OpenPGP), ${where}`, key.spki, isPrivate, users);
	}
	return keys.length === 0 ? 0 : end;
};

/** First octets of packets with a key, and where its version stands behind each. */
const starts: readonly (readonly [octet: number, version: number])[] = [
	[0x99, 3],
	[0x95, 3],
	[0x98, 2],
	[0x94, 2],
	[0xc6, 0],
	[0xc5, 0],
];

/** Finds OpenPGP keys and key rings (RFC 9580) among any bytes. */
export const openPgpCarver =
	(content: Content): Carver =>
	(window, base, from, to) => {
		let farthest = to;
		for (const [octet, version] of starts) {
			for (let at = window.indexOf(octet, from); at !== -1 && at < to; at = window.indexOf(octet, at + 1)) {
				const stands = version === 0 ? ((window[at + 1] ?? 0) < 192 ? 2 : 3) : version;
				const number = window[at + stands] ?? 0;
				if (number !== 4 && number !== 6) continue;
				const end = readOpenPgp(window, at, content, `byte ${base + at}`, true);
				if (end === 0) continue;
				farthest = Math.max(farthest, end);
				at = end - 1;
			}
		}
		return farthest;
	};

/** The bytes of an armoured block (RFC 9580 §6): base64 between the headers and the checksum; null for anything else. */
export const dearmoured = (inside: string): Buffer | null => {
	const lines = inside.split(/\r\n|\n|\\r\\n|\\n/);
	const start = lines.findIndex((line, index) => index > 0 && line.trim() === '');
	const digits = lines
		.slice(start === -1 ? 1 : start)
		.map((line) => line.trim())
		.filter((line) => line !== '' && !line.startsWith('=') && !/^[\w-]+: /.test(line))
		.join('');
	return /^[A-Za-z0-9+/]{16,}={0,2}$/.test(digits) ? Buffer.from(digits, 'base64') : null;
};

import { crc32 } from 'node:zlib';
import { certificateOf, type Container, type Kit } from './kit.ts';

/** A TLS 1.2 handshake with its certificate, in segments of 100 octets, of which none holds the key, as a capture of Ethernet frames. */
const frames = (kit: Kit): Buffer[] => {
	const cert = certificateOf(kit);
	const length24 = (length: number): Buffer => Buffer.from([length >> 16, (length >> 8) & 255, length & 255]);
	const list = Buffer.concat([length24(cert.length), cert]);
	const message = Buffer.concat([length24(list.length), list]);
	const handshake = Buffer.concat([Buffer.of(11), length24(message.length), message]);
	const record = Buffer.concat([Buffer.from([22, 3, 3, handshake.length >> 8, handshake.length & 255]), handshake]);
	const parts: Buffer[] = [];
	for (let at = 0; at < record.length; at += 100) {
		const data = record.subarray(at, at + 100);
		const packet = Buffer.alloc(54);
		packet.writeUInt16BE(0x0800, 12);
		packet[14] = 0x45;
		packet.writeUInt16BE(40 + data.length, 16);
		packet[22] = 64;
		packet[23] = 6;
		packet.writeUInt32BE(0x0a000001, 26);
		packet.writeUInt32BE(0x0a000002, 30);
		packet.writeUInt16BE(8883, 34);
		packet.writeUInt16BE(50000, 36);
		packet.writeUInt32BE(1000 + at, 38);
		packet[46] = 0x50;
		packet[47] = 0x18;
		parts.push(Buffer.concat([packet, data]));
	}
	// One that comes too early, and one that comes twice.
	const [first, second, third, ...others] = parts;
	return [first, third, second, second, ...others].filter((part) => part !== undefined);
};

const words = (...values: readonly number[]): Buffer => {
	const bytes = Buffer.alloc(values.length * 4);
	for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
	return bytes;
};

const pcap = (kit: Kit): Buffer =>
	Buffer.concat([
		words(0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1),
		...frames(kit).flatMap((frame) => [words(1, 2, frame.length, frame.length), frame]),
	]);

const pcapng = (kit: Kit): Buffer => {
	const block = (type: number, body: Buffer): Buffer => {
		const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
		return Buffer.concat([words(type, padded.length + 12), padded, words(padded.length + 12)]);
	};
	return Buffer.concat([
		block(0x0a0d0d0a, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff)),
		block(1, words(1, 65535)),
		...frames(kit).map((frame) => block(6, Buffer.concat([words(0, 0, 1, frame.length, frame.length), frame]))),
	]);
};

/** ESP-IDF's NVS: one page with a namespace, a blob and a string. */
const nvs = (entries: readonly { readonly key: string; readonly value: Buffer; readonly type: number }[]): Buffer => {
	const page = Buffer.alloc(4096, 0xff);
	Buffer.concat([words(0xfffffffe, 0), Buffer.of(0xfe)]).copy(page);
	let slot = 0;
	const put = (bytes: Buffer): void => {
		bytes.copy(page, 64 + slot * 32);
		page[32 + (slot >> 2)] = (page[32 + (slot >> 2)] ?? 0) & ~(1 << ((slot & 3) * 2));
		slot++;
	};
	const entry = (space: number, type: number, span: number, key: string, data: Buffer): Buffer => {
		const bytes = Buffer.alloc(32, 0xff);
		bytes.set([space, type, span, 0xff, 0, 0, 0, 0]);
		bytes.fill(0, 8, 24);
		bytes.write(key, 8);
		data.copy(bytes, 24);
		return bytes;
	};
	put(entry(0, 0x01, 1, 'mqtt', Buffer.from([1])));
	for (const { key, value, type } of entries) {
		const span = 1 + Math.ceil(value.length / 32);
		const size = Buffer.alloc(8, 0xff);
		size.writeUInt16LE(value.length);
		put(entry(1, type, span, key, size));
		for (let at = 0; at < value.length; at += 32)
			put(Buffer.concat([value.subarray(at, at + 32), Buffer.alloc(32, 0xff)]).subarray(0, 32));
	}
	page.writeUInt32LE(crc32(page.subarray(4, 28), 0xffffffff), 28);
	return page;
};

const espFlash = (content: Buffer): Buffer => {
	const row = (type: number, subtype: number, offset: number, size: number, name: string): Buffer => {
		const bytes = Buffer.alloc(32);
		bytes.set([0xaa, 0x50, type, subtype]);
		bytes.writeUInt32LE(offset, 4);
		bytes.writeUInt32LE(size, 8);
		bytes.write(name, 12);
		return bytes;
	};
	const flash = Buffer.alloc(0x12000, 0xff);
	Buffer.concat([row(1, 2, 0x9000, 0x6000, 'nvs'), row(0, 0, 0x10000, 0x100000, 'factory')]).copy(flash, 0x8000);
	content.copy(flash, 0x9000);
	return flash;
};

/** Captures of a network, and the flash of a device. */
export const captures: readonly Container[] = [
	{ name: 'pcap of a handshake', holds: 'key', made: pcap },
	{ name: 'pcapng of a handshake', holds: 'key', made: pcapng },
	{
		name: 'ESP-IDF NVS, blob',
		holds: 'list',
		made: (kit) => nvs([{ key: 'psk', value: kit.secrets.psk, type: 0x42 }]),
	},
	{
		name: 'ESP-IDF NVS, string',
		holds: 'list',
		made: (kit) => nvs([{ key: 'app_key', value: Buffer.from(`${kit.secrets.psk.toString('hex')}\0`), type: 0x21 }]),
	},
	{
		name: 'ESP-IDF flash with partition table',
		holds: 'key',
		made: (kit) => espFlash(nvs([{ key: 'cert_key', value: Buffer.from(`${kit.secrets.pem}\0`), type: 0x21 }])),
	},
];

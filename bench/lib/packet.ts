// Just enough of MQTT 5 (OASIS, 2019), and of 3.1.1 for anyone who knows no other, to load a server cheaply; clause numbers in brackets.

const string = (text: string): Buffer => {
	const bytes = Buffer.from(text);
	const length = Buffer.alloc(2);
	length.writeUInt16BE(bytes.length);
	return Buffer.concat([length, bytes]);
};

/** A variable byte integer [1.5.5]. */
const varint = (value: number): Buffer => {
	const bytes: number[] = [];
	let rest = value;
	do {
		bytes.push((rest % 128) | (rest > 127 ? 0x80 : 0));
		rest = Math.floor(rest / 128);
	} while (rest > 0);
	return Buffer.from(bytes);
};

const packet = (first: number, ...parts: readonly Buffer[]): Buffer => {
	const body = Buffer.concat(parts);
	return Buffer.concat([Buffer.from([first]), varint(body.length), body]);
};

/** CONNECT [3.1]: clean start, keep alive 10 minutes, no user name: the certificate says who it is. */
export const connect = (clientId: string, protocol: 4 | 5 = 5): Buffer =>
	packet(
		0x10,
		string('MQTT'),
		Buffer.from([protocol, 0x02, 600 >> 8, 600 & 0xff, ...noProperties(protocol)]),
		string(clientId),
	);

/** The length of no properties [2.2.2], which MQTT 3.1.1 does not have. */
const noProperties = (protocol: 4 | 5): readonly number[] => (protocol === 5 ? [0] : []);

/** DISCONNECT [3.14], normal. */
export const disconnect = Buffer.from([0xe0, 0]);

/** SUBSCRIBE [3.8] to one filter at QoS 0. */
export const subscribe = (id: number, filter: string): Buffer =>
	packet(0x82, Buffer.from([id >> 8, id & 0xff, 0]), string(filter), Buffer.from([0]));

/** A PUBLISH of one SenML record at QoS 1, to be copied and patched: all its copies have the same length. */
export interface Template {
	readonly bytes: Buffer;
	readonly idAt: number;
	readonly timeAt: number;
}

const TIME_DIGITS = 14;

/** PUBLISH [3.3] to `application/device/stream` with `[{"n":"device/stream","u":"Cel","v":21.5,"t":ssssssssss.mmm}]`. */
export const template = (topic: string, protocol: 4 | 5 = 5): Template => {
	const name = topic.slice(topic.indexOf('/') + 1);
	const head = `[{"n":"${name}","u":"Cel","v":21.5,"t":`;
	const payload = Buffer.from(`${head}${'0'.repeat(TIME_DIGITS)}}]`);
	const bytes = packet(0x32, string(topic), Buffer.alloc(2), Buffer.from(noProperties(protocol)), payload);
	const payloadAt = bytes.length - payload.length;
	return { bytes, idAt: payloadAt - 2 - noProperties(protocol).length, timeAt: payloadAt + head.length };
};

/** `count` publications after one another in one buffer; times in milliseconds and packet ids go up by one. */
export const publications = ({ bytes, idAt, timeAt }: Template, count: number, id: number, time: number): Buffer => {
	const out = Buffer.allocUnsafe(bytes.length * count);
	for (let i = 0; i < count; i++) {
		const at = i * bytes.length;
		bytes.copy(out, at);
		out.writeUInt16BE(((id + i - 1) % 0xffff) + 1, at + idAt);
		const millis = time + i;
		out.write(
			`${Math.floor(millis / 1000)}.${String(millis % 1000).padStart(3, '0')}`,
			at + timeAt,
			TIME_DIGITS,
			'latin1',
		);
	}
	return out;
};

/** Type and reason code of each whole packet received; the code is 0 where the packet may leave it out. */
export class PacketReader {
	#rest: Buffer = Buffer.alloc(0);
	readonly #on: (type: number, reason: number) => void;

	constructor(on: (type: number, reason: number) => void) {
		this.#on = on;
	}

	/** The first `bytes` of a buffer that will be used again. */
	push(buffer: Buffer, bytes: number): void {
		const [data, end] =
			this.#rest.length === 0
				? [buffer, bytes]
				: [Buffer.concat([this.#rest, buffer.subarray(0, bytes)]), this.#rest.length + bytes];
		let at = 0;
		for (;;) {
			let length = 0;
			let body = at + 1;
			let shift = 1;
			let byte = 0x80;
			while (byte >= 0x80 && body < end) {
				byte = data[body++] ?? 0;
				length += (byte & 0x7f) * shift;
				shift *= 128;
			}
			if (byte >= 0x80 || body + length > end) break;
			const type = (data[at] ?? 0) >> 4;
			this.#on(type, this.#reason(type, data, body, length));
			at = body + length;
		}
		if (at < end) this.#rest = Buffer.from(data.subarray(at, end));
		else if (this.#rest.length > 0) this.#rest = Buffer.alloc(0);
	}

	#reason(type: number, data: Buffer, body: number, length: number): number {
		// CONNACK [3.2.2]: flags, reason. PUBACK [3.4.2.1]: id, reason unless success. DISCONNECT [3.14.2.1]: reason unless normal.
		if (type === packetType.connack) return data[body + 1] ?? 0xff;
		if (type === packetType.puback) return length > 2 ? (data[body + 2] ?? 0xff) : 0;
		if (type === packetType.disconnect) return length > 0 ? (data[body] ?? 0xff) : 0;
		return 0;
	}
}

export const packetType = { connack: 2, puback: 4, disconnect: 14 } as const;

/** One or many bytes of a packet that is put together by hand. */
export type Part = number | string | Uint8Array | readonly Part[];

/** Puts parts after one another: a number is one byte, a string its UTF-8 bytes without a length. */
export const bytes = (...parts: readonly Part[]): Buffer =>
	Buffer.concat(
		parts.map((part) => {
			if (typeof part === 'number') return Buffer.from([part]);
			if (typeof part === 'string') return Buffer.from(part);
			return part instanceof Uint8Array ? Buffer.from(part) : bytes(...part);
		}),
	);

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Two Byte Integer (MQTT 5 §1.5.2). */
export const u16 = (value: number): Buffer => bytes((value >> 8) & 0xff, value & 0xff);

/** Four Byte Integer (MQTT 5 §1.5.3). */
export const u32 = (value: number): Buffer => bytes(u16(value >>> 16), u16(value & 0xffff));

/** Binary Data, and a UTF-8 Encoded String when its bytes are that (MQTT 5 §1.5.4, §1.5.6). */
export const field = (content: Part): Buffer => {
	const body = bytes(content);
	return bytes(u16(body.length), body);
};

/** Variable Byte Integer in its fewest bytes (MQTT 5 §1.5.5). */
export const varint = (value: number): Buffer => {
	const out: number[] = [];
	for (let left = value; ; left = Math.floor(left / 128)) {
		if (left < 128) return bytes([...out, left]);
		out.push((left % 128) + 128);
	}
};

/** A whole packet: first byte, remaining length, body. */
export const packet = (first: number, ...body: readonly Part[]): Buffer => {
	const content = bytes(...body);
	return bytes(first, varint(content.length), content);
};

import { Problem } from '../problem/problem.ts';

/** An extension field of an NTP packet (RFC 7822), and where it begins and ends. */
export interface ExtensionField {
	readonly type: number;
	readonly body: Uint8Array;
	readonly start: number;
	readonly end: number;
}

const HEADER = 4;

/** RFC 8915 §7.6. */
export const fieldType = { unique: 0x0104, cookie: 0x0204, authenticator: 0x0404 } as const;

export const fill4 = (length: number): number => Math.ceil(length / 4) * 4;

/** The field with its header, filled up to four bytes; at least 16 long (RFC 7822 §7.5.1.2). */
export const extensionField = (type: number, body: Uint8Array): Uint8Array => {
	const length = Math.max(16, HEADER + fill4(body.length));
	const bytes = new Uint8Array(length);
	const view = new DataView(bytes.buffer);
	view.setUint16(0, type);
	view.setUint16(2, length);
	bytes.set(body, HEADER);
	return bytes;
};

/** The fields from `start` on. Throws `Problem('time-refused')`. */
export const readExtensionFields = (bytes: Uint8Array, start: number): ExtensionField[] => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const fields: ExtensionField[] = [];
	for (let at = start; at < bytes.length;) {
		const length = at + HEADER <= bytes.length ? view.getUint16(at + 2) : 0;
		if (length < HEADER || length % 4 !== 0 || at + length > bytes.length)
			throw new Problem('time-refused', `the answer has a malformed extension field at byte ${at}`);
		fields.push({
			type: view.getUint16(at),
			body: bytes.subarray(at + HEADER, at + length),
			start: at,
			end: at + length,
		});
		at += length;
	}
	return fields;
};

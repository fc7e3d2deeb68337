import type { Content } from '../content/content.ts';
import { decoder } from '../text/encoding.ts';
import type { Sink } from '../nested/format.ts';

type Encoding = 'utf-16le' | 'utf-16be';

/** Reads UTF-16 as the UTF-8 that it might have been. Where a byte is missing or too many, the line is lost and the next read again. */
export const utf16Sink = (encoding: Encoding, content: Content, inner: Sink): Sink => {
	const text = decoder(encoding);
	let odd: Buffer = Buffer.alloc(0);
	return {
		async write(chunk) {
			let bytes = Buffer.concat([odd, chunk]);
			const read: string[] = [];
			for (;;) {
				const at = crossedLineEnd(bytes, encoding);
				if (at === -1) break;
				content.problem('UTF-16 with a byte missing or too many: the line is lost');
				read.push(text.write(bytes.subarray(0, at)), '\ufffd');
				bytes = bytes.subarray(at + 1);
			}
			const whole = Math.max(0, (bytes.length & ~1) - 2);
			read.push(text.write(bytes.subarray(0, whole)));
			odd = Buffer.from(bytes.subarray(whole));
			await inner.write(Buffer.from(read.join('')));
		},
		async end() {
			await inner.write(Buffer.from(text.write(odd) + text.end()));
			await inner.end();
		},
	};
};

/** Where a line feed lies across two units of UTF-16 (U+0A00 is no character); -1 when none does. */
const crossedLineEnd = (bytes: Buffer, encoding: Encoding): number => {
	const pattern = encoding === 'utf-16le' ? Buffer.of(0, 10) : Buffer.of(10, 0);
	for (let at = bytes.indexOf(pattern); at !== -1; at = bytes.indexOf(pattern, at + 1)) if (at % 2 === 0) return at;
	return -1;
};

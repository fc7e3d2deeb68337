import type { OldEncoding } from './old-encoding.ts';

/** How the characters of a text are written as bytes. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** By the byte order mark, else by where the zeros of a text in Latin letters lie. */
export const encodingOf = (head: Buffer): Encoding => {
	const mark = head.toString('hex', 0, 2);
	if (mark === 'fffe' && isMostlyLatin('utf-16le', head)) return 'utf-16le';
	if (mark === 'feff' && isMostlyLatin('utf-16be', head)) return 'utf-16be';
	const sample = head.subarray(0, 1024);
	const half = Math.floor(sample.length / 2);
	if (half < 8) return 'utf-8';
	const zeros = [0, 0];
	for (let at = 0; at < half * 2; at++) if (sample[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
	const [even = 0, odd = 0] = zeros;
	if (odd > half * 0.8 && even === 0) return 'utf-16le';
	return even > half * 0.8 && odd === 0 ? 'utf-16be' : 'utf-8';
};

/** An image may begin with a byte order mark by chance; keys and their lists are written in ASCII. */
const isMostlyLatin = (encoding: Encoding, head: Buffer): boolean => {
	const text = new TextDecoder(encoding).decode(head);
	let latin = 0;
	for (const character of text) if (character >= '\t' && character <= '~') latin++;
	return latin >= text.length / 5;
};

/** True for what people and programs write as text: no zero bytes, hardly any control characters. */
export const isText = (head: Buffer): boolean => {
	if (head.length === 0 || head.includes(0)) return false;
	let controls = 0;
	for (const octet of head) if (octet < 0x20 && (octet < 0x09 || octet > 0x0d) && octet !== 0x1b) controls++;
	return controls <= head.length / 100;
};

/** Decodes piece by piece without failing: what is no UTF-8 becomes a replacement mark, and no key is written in it. */
export const decoder = (encoding: Encoding | OldEncoding) => {
	const decode = new TextDecoder(encoding);
	return {
		write: (chunk: Buffer): string => decode.decode(chunk, { stream: true }),
		end: (): string => decode.decode(),
	};
};

import { Damaged, type Feed } from './feed.ts';
import type { Give } from './give.ts';

const CLEAR = 256;

/** Decodes what compress(1) has written, after its three bytes of header, to the end of the stream. Throws `Damaged`. */
export const lzw = async (feed: Feed, give: Give, mostBits: number, clears: boolean): Promise<void> => {
	const prefixes = new Uint16Array(65_536);
	const suffixes = new Uint8Array(65_536);
	const first = clears ? 257 : 256;
	let free = first;
	let bits = 9;
	let previous = -1;
	let last = 0;
	const stack = Buffer.alloc(65_536);
	let out = Buffer.allocUnsafe(262_144);
	let length = 0;
	const put = async (from: number): Promise<void> => {
		if (length + stack.length - from > out.length) {
			await give(out.subarray(0, length));
			out = Buffer.allocUnsafe(262_144);
			length = 0;
		}
		length += stack.copy(out, length, from);
	};
	/** Codes come in groups of eight of one width: a new width begins a new group. */
	for (let group: Buffer | null = null, code = 0; ; code++) {
		if (group === null || code === 8) {
			const whole: boolean = await feed.need(bits);
			group = Buffer.from(feed.bytes.subarray(0, bits));
			if (!whole && group.length * 8 < bits) break;
			feed.drop(group.length);
			code = 0;
		}
		if ((code + 1) * bits > group.length * 8) break;
		let value = 0;
		for (let bit = 0; bit < bits; bit++) {
			const at = code * bits + bit;
			value |= (((group[at >> 3] ?? 0) >> (at & 7)) & 1) << bit;
		}
		if (clears && value === CLEAR) {
			free = first;
			bits = 9;
			previous = -1;
			group = null;
			code = -1;
			continue;
		}
		let at = stack.length;
		let entry = value;
		if (entry >= free) {
			if (entry > free || previous < 0) throw new Damaged();
			stack[--at] = last;
			entry = previous;
		}
		while (entry >= 256) {
			stack[--at] = suffixes[entry] ?? 0;
			entry = prefixes[entry] ?? 0;
		}
		last = entry;
		stack[--at] = entry;
		await put(at);
		if (previous >= 0 && free < 1 << mostBits) {
			prefixes[free] = previous;
			suffixes[free++] = last;
			if (free > (1 << bits) - 1 && bits < mostBits) {
				bits++;
				group = null;
				code = -1;
			}
		}
		previous = value;
	}
	await give(out.subarray(0, length));
};

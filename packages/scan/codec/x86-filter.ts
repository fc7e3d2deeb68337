import type { Give } from './give.ts';

/** What is looked at together: an instruction may lie across two pieces. */
const PIECE = 65_536;
const isSign = (octet: number): boolean => octet === 0 || octet === 0xff;

/**
 * Undoes the x86 filter of xz (simple/x86.c of XZ Utils): addresses of calls and jumps, which the compressor made absolute. Text is
 * never changed by it, code and now and then other bytes are.
 */
export const x86Filter = (give: Give): { readonly write: Give; end(): Promise<void> } => {
	let rest: Buffer = Buffer.alloc(0);
	let position = 0;
	let mask = 0;
	let previous = -5;
	const allowed = [true, true, true, false, true, false, false, false];
	const numbers = [0, 1, 2, 2, 3, 3, 3, 3];

	const convert = (bytes: Buffer): number => {
		let at = 0;
		for (; at + 5 <= bytes.length;) {
			const octet = bytes[at] ?? 0;
			if (octet !== 0xe8 && octet !== 0xe9) {
				at++;
				continue;
			}
			const here = position + at;
			const offset = here - previous;
			previous = here;
			if (offset > 5) mask = 0;
			else for (let index = 0; index < offset; index++) mask = (mask & 0x77) << 1;
			const top = bytes[at + 4] ?? 0;
			if (!isSign(top) || !(allowed[(mask >> 1) & 7] ?? false) || mask >> 1 >= 0x10) {
				at++;
				mask |= 1;
				if (isSign(top)) mask |= 0x10;
				continue;
			}
			let source = bytes.readUInt32LE(at + 1);
			let target: number;
			for (;;) {
				target = (source - (here + 5)) >>> 0;
				if (mask === 0) break;
				const number = numbers[mask >> 1] ?? 0;
				const shifted = (target >>> (24 - number * 8)) & 0xff;
				if (!isSign(shifted)) break;
				source = (target ^ (2 ** (32 - number * 8) - 1)) >>> 0;
			}
			target = (target & 0x01ffffff) >>> 0;
			if ((target & 0x01000000) !== 0) target = (target | 0xff000000) >>> 0;
			bytes.writeUInt32LE(target, at + 1);
			at += 5;
			mask = 0;
			previous += 4;
		}
		return at;
	};
	return {
		async write(chunk) {
			rest = Buffer.concat([rest, chunk]);
			if (rest.length < PIECE) return;
			const done = convert(rest);
			await give(rest.subarray(0, done));
			position += done;
			rest = Buffer.from(rest.subarray(done));
		},
		async end() {
			convert(rest);
			if (rest.length > 0) await give(rest);
			rest = Buffer.alloc(0);
		},
	};
};

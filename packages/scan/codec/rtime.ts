import { Damaged } from './feed.ts';

/** Undoes the compressor `rtime` of JFFS2: each octet, and how many more follow as they did the last time. */
export const rtime = (bytes: Uint8Array, length: number): Buffer => {
	const out = Buffer.alloc(length);
	const positions = new Uint32Array(256);
	for (let at = 0, to = 0; to < length;) {
		const octet = bytes[at++];
		const repeat = bytes[at++];
		if (octet === undefined || repeat === undefined) throw new Damaged();
		out[to++] = octet;
		const from = positions[octet] ?? 0;
		positions[octet] = to;
		for (let index = 0; index < repeat && to < length; index++) out[to++] = out[from + index] ?? 0;
	}
	return out;
};

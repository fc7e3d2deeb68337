const table = Uint32Array.from({ length: 256 }, (_, octet) => {
	let value = octet;
	for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
	return value;
});

/** CRC-32 (ISO 3309), as `node:zlib` has it. Nothing is inflated here. */
export const crc32 = (bytes: Uint8Array, begin = 0): number => {
	let value = ~begin;
	for (const octet of bytes) value = (value >>> 8) ^ (table[(value ^ octet) & 255] ?? 0);
	return ~value >>> 0;
};

const absent = (): never => {
	throw new Error('nothing is unpacked here');
};

export const [createInflate, createInflateRaw, createZstdDecompress] = [absent, absent, absent];
export const [inflateRawSync, inflateSync, zstdDecompressSync] = [absent, absent, absent];
export const constants = {};

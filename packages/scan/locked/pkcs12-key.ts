import { createHash } from 'node:crypto';

const purposes = { key: 1, iv: 2, mac: 3 } as const;

/** Block lengths in bytes of the hashes that PKCS#12 files use. */
const blocks: Readonly<Record<string, number>> = {
	sha1: 64,
	sha224: 64,
	sha256: 64,
	sha384: 128,
	sha512: 128,
	md5: 64,
};

/** Derives key material from a password by RFC 7292 Appendix B, with SHA-1 unless the MAC names another hash. */
export const pkcs12Key = (
	password: string,
	salt: Uint8Array,
	rounds: number,
	purpose: keyof typeof purposes,
	length: number,
	hashName = 'sha1',
): Buffer => {
	const block = blocks[hashName] ?? 64;
	const digest = (bytes: Uint8Array): Buffer => createHash(hashName).update(bytes).digest();
	// BMPString with two zero octets at the end (Appendix B.1).
	const text = Buffer.from(`${password}\0`, 'utf16le').swap16();
	const input = Buffer.concat([filled(salt, block), filled(text, block)]);
	const out: Buffer[] = [];
	for (let given = 0; given < length;) {
		let state = digest(Buffer.concat([Buffer.alloc(block, purposes[purpose]), input]));
		for (let round = 1; round < rounds; round++) state = digest(state);
		out.push(state);
		given += state.length;
		// Each block of the input becomes itself plus the state plus one (Appendix B.2, step 6C).
		const addend = filled(state, block).subarray(0, block);
		for (let start = 0; start < input.length; start += block) {
			let carry = 1;
			for (let at = block - 1; at >= 0; at--) {
				carry += (input[start + at] ?? 0) + (addend[at] ?? 0);
				input[start + at] = carry & 0xff;
				carry >>= 8;
			}
		}
	}
	return Buffer.concat(out).subarray(0, length);
};

/** Copies of `bytes` up to the next multiple of a block; empty for none. */
const filled = (bytes: Uint8Array, block: number): Buffer =>
	bytes.length === 0 ? Buffer.alloc(0) : Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes);

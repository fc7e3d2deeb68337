import { createHmac, hash } from 'node:crypto';
import { concat, u32 } from './structure.ts';
import { hashOf, type TPM_ALG_ID } from './tpm-alg-id.ts';

const terminated = (label: string): Uint8Array => new TextEncoder().encode(`${label}\0`);

/** Blocks of a counter-mode KDF, cut to `bits`, a multiple of 8. */
const derive = (bits: number, block: (counter: Uint8Array) => Uint8Array): Uint8Array => {
	const blocks: Uint8Array[] = [];
	for (let length = 0; length * 8 < bits;) {
		const next = block(u32(blocks.length + 1));
		blocks.push(next);
		length += next.length;
	}
	return concat(...blocks).subarray(0, bits / 8);
};

/** KDFa (Part 1 §11.4.10.2): SP 800-108 in counter mode with HMAC. */
export const KDFa = (
	hashAlg: TPM_ALG_ID,
	key: Uint8Array,
	label: string,
	contextU: Uint8Array,
	contextV: Uint8Array,
	bits: number,
): Uint8Array =>
	derive(bits, (counter) => {
		const mac = createHmac(hashOf(hashAlg).name, key);
		return new Uint8Array(mac.update(concat(counter, terminated(label), contextU, contextV, u32(bits))).digest());
	});

/** KDFe (Part 1 §11.4.10.3): SP 800-56A with the coordinates of both parties at field size. */
export const KDFe = (
	hashAlg: TPM_ALG_ID,
	z: Uint8Array,
	label: string,
	partyU: Uint8Array,
	partyV: Uint8Array,
	bits: number,
): Uint8Array =>
	derive(
		bits,
		(counter) =>
			new Uint8Array(hash(hashOf(hashAlg).name, concat(counter, z, terminated(label), partyU, partyV), 'buffer')),
	);

import { hash } from 'node:crypto';
import { nvName, nvPublic, TPM_ST, TPMA_NV } from '../format/tpm2/index.ts';
import type { Refusal } from '../problem/refusal.ts';
import { type AttestTerms, judgeAttest } from './tpm-attest.ts';

const { OWNERWRITE, OWNERREAD, AUTHREAD, NO_DA, TYPE_COUNTER, WRITEDEFINE, WRITELOCKED, WRITTEN } = TPMA_NV;
const COMMON = OWNERWRITE | OWNERREAD | AUTHREAD | NO_DA;
const SIZE = 8;

/**
 * Where a TPM keeps a security floor: a counter, and the count that it began at, locked for good. TPMA_NV_ORDERLY is off, so that each
 * step is on the chip before it counts (Part 1 §37.2.4). In the owner's range (TCG registry of reserved handles, 01800000 to 01bfffff).
 */
export const floorCounterPublic = nvPublic(0x0180_4b57, COMMON | TYPE_COUNTER, SIZE);
export const floorOriginPublic = nvPublic(0x0180_4b58, COMMON | WRITEDEFINE, SIZE);

/** What the two are called once they hold something. The name covers index, kind and attributes (Part 1 §16): no other index has it. */
export const FLOOR_COUNTER_NAME: Uint8Array = nvName({
	...floorCounterPublic,
	attributes: floorCounterPublic.attributes | WRITTEN,
});
export const FLOOR_ORIGIN_NAME: Uint8Array = nvName({
	...floorOriginPublic,
	attributes: floorOriginPublic.attributes | WRITTEN | WRITELOCKED,
});

/** What a TPM says of the floor that it keeps: TPM2_NV_Certify (TPM 2.0 Part 3 §31.16) of both indices. All marshalled. */
export interface FloorEvidence {
	/** TPMS_ATTEST and TPMT_SIGNATURE of the counter. */
	readonly attest: Uint8Array;
	readonly signature: Uint8Array;
	/** The same of where it began. */
	readonly originAttest: Uint8Array;
	readonly originSignature: Uint8Array;
}

/** A floor as a TPM counts it. */
export interface CountedFloor {
	readonly floor: number;
	/** The count at which it began: a counter that is made again begins behind every one that was. */
	readonly origin: bigint;
}

/** SHA-256("keyward-floor-1" ‖ nonce ‖ exporter ‖ device): never that of a key, a boot or a clearing. */
export const floorQualifyingData = (nonce: Uint8Array, exporter: Uint8Array, device: string): Uint8Array =>
	new Uint8Array(
		hash('sha256', Buffer.concat([Buffer.from('keyward-floor-1'), nonce, exporter, Buffer.from(device)]), 'buffer'),
	);

/** The bytes of this index, where the TPM says them whole; else the refusal. */
const contentsOf = (
	said: { readonly attest: Uint8Array; readonly signature: Uint8Array },
	name: Uint8Array,
	terms: AttestTerms,
): { readonly value: bigint } | { readonly refusal: Refusal } => {
	const judged = judgeAttest(said, terms);
	if ('code' in judged) return refused(judged.code, judged.reason);
	const { attested } = judged.attest;
	// Part 1 §16: an ordinary index at the counter's handle could be written to with any number; its name is another.
	if (attested.type !== TPM_ST.ATTEST_NV || Buffer.compare(attested.indexName, name) !== 0)
		return refused('floor-undone', 'The TPM speaks of another index than those of the security floor.');
	const { offset, nvContents } = attested;
	if (offset !== 0 || nvContents.length !== SIZE)
		return refused('floor-undone', 'The TPM speaks of a part of its security floor.');
	return { value: new DataView(nvContents.buffer, nvContents.byteOffset, SIZE).getBigUint64(0) };
};

/**
 * The security floor that this very TPM counts, by its word of now. `qualifyingData` is {@link floorQualifyingData}. Throws
 * `Problem('tpm-malformed')`.
 */
export const judgeFloorEvidence = (
	{ attest, signature, originAttest, originSignature }: FloorEvidence,
	terms: AttestTerms,
): CountedFloor | { readonly refusal: Refusal } => {
	const counter = contentsOf({ attest, signature }, FLOOR_COUNTER_NAME, terms);
	if ('refusal' in counter) return counter;
	const origin = contentsOf({ attest: originAttest, signature: originSignature }, FLOOR_ORIGIN_NAME, terms);
	if ('refusal' in origin) return origin;
	const floor = counter.value - origin.value;
	if (floor < 0n || floor > BigInt(Number.MAX_SAFE_INTEGER))
		return refused('floor-undone', "The TPM's counter of the security floor is not the one it began with.");
	return { floor: Number(floor), origin: origin.value };
};

/**
 * Whether the floor is still the one that was seen before of this part, or higher. Part 1 §37.2.4: a counter cannot be turned back, and one
 * that is removed and made again begins behind every one that was: it has another origin, and its floor is 0 again.
 */
export const judgeCountedFloor = (now: CountedFloor, before: CountedFloor | null): Refusal | null => {
	if (before === null) return null;
	if (now.origin !== before.origin)
		return refused(
			'floor-undone',
			`The TPM's counter of the security floor was removed and made again: it stood at floor ${before.floor}, and begins at ${now.floor}.`,
		).refusal;
	if (now.floor < before.floor)
		return refused('floor-undone', `The TPM counts security floor ${now.floor}, and counted ${before.floor} before.`)
			.refusal;
	return null;
};

const refused = (code: Refusal['code'], reason: string): { readonly refusal: Refusal } => ({
	refusal: { code, requirement: 'rollback-refused', reason },
});

import { hash } from 'node:crypto';

/** Contents of PCRs of the SHA-256 bank by their numbers (TPM 2.0 Part 1 §17). */
export type PcrValues = ReadonlyMap<number, Uint8Array>;

export const PCR_BYTES = 32;

export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
	new Uint8Array(hash('sha256', Buffer.concat(parts), 'buffer'));

/** TPM2_PCR_Extend (Part 3 §22.2) of one bank. */
export const extend = (value: Uint8Array, digest: Uint8Array): Uint8Array => sha256(value, digest);

/** What a PCR holds after a start: PCRs 17 to 22 are all ones until a dynamic launch (PC Client PTP §4.6.2). */
export const initialPcr = (pcr: number): Uint8Array =>
	new Uint8Array(PCR_BYTES).fill(pcr >= 17 && pcr <= 22 ? 0xff : 0);

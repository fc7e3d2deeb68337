import { type Cbor, decodeCbor, encodeCbor } from '../format/cose/cbor.ts';
import { isBare, readSign1, signSign1, verifySign1 } from '../format/cose/sign1.ts';
import type { Signer } from '../port/signer.ts';
import { type ErrorCode, errorCodes } from '../problem/code.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';

/** Why a device did not take a release: its word, which its site cannot write for it. */
export interface RefusalReceipt {
	readonly application: string;
	readonly device: string;
	/** Path of the image among the owner's targets, and its SHA-256 as the owner signed it. */
	readonly release: string;
	readonly sha256: Uint8Array;
	readonly code: ErrorCode;
	readonly detail: string;
	/** Its security floor then. */
	readonly floor: number;
	readonly at: Instant;
}

const context = 'keyward-update-refusal-1';
const LONGEST = 500;

/** A COSE_Sign1 by the device's stream key. */
export const signRefusal = (
	{ application, device, release, sha256, code, detail, floor, at }: RefusalReceipt,
	signer: Signer,
): Promise<Uint8Array> =>
	signSign1(
		encodeCbor([context, application, device, release, sha256, code, detail.slice(0, LONGEST), floor, at]),
		signer,
	);

/** Reads one, and whether this key (SubjectPublicKeyInfo, DER) signed it. Throws `Problem('request-malformed')`. */
export const readRefusal = (
	message: Uint8Array,
	key: Uint8Array | null,
): { readonly refusal: RefusalReceipt; readonly signed: boolean } => {
	try {
		const signed = readSign1(decodeCbor(message));
		if (!isBare(signed)) throw malformed('it has headers that nobody covers');
		return { refusal: refusalOf(decodeCbor(signed.payload)), signed: key !== null && verifySign1(signed, key) };
	} catch (error) {
		if (error instanceof Problem && error.code === 'seal-malformed') throw malformed(error.detail);
		throw error;
	}
};

const malformed = (why: string): Problem =>
	new Problem('request-malformed', `This is no receipt of a release that was refused: ${why}.`);

const refusalOf = (parts: Cbor): RefusalReceipt => {
	if (!Array.isArray(parts) || parts.length !== 9) throw malformed('it has not nine parts');
	const [kind, application, device, release, sha256, why, detail, floor, at] = parts as readonly Cbor[];
	const code = errorCodes.find((known) => known === why);
	if (kind !== context || code === undefined) throw malformed('it says something else');
	if (typeof application !== 'string' || typeof device !== 'string') throw malformed('it names no device');
	if (typeof release !== 'string' || !(sha256 instanceof Uint8Array) || sha256.length !== 32)
		throw malformed('it names no release');
	if (typeof detail !== 'string' || typeof floor !== 'number' || typeof at !== 'number')
		throw malformed('it says no reason, floor or time');
	return { application, device, release, sha256, code, detail, floor, at };
};

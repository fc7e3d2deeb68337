import { type Cbor, decodeCbor, encodeCbor } from '../format/cose/cbor.ts';
import { isBare, readSign1, signSign1, verifySign1 } from '../format/cose/sign1.ts';
import type { Signer } from '../port/signer.ts';
import { errorCodes, type ErrorCode } from '../problem/code.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { malformedCommand } from './command.ts';

/** What a device says became of a command. */
export interface Receipt {
	readonly application: string;
	readonly device: string;
	/** The hash of the command (`ReceivedCommand`), or SHA-256 of the message where that is not one. */
	readonly command: Uint8Array;
	/** `interrupted`: the device went down between beginning and end; nobody knows how far it came. */
	readonly outcome: 'done' | 'failed' | 'refused' | 'interrupted';
	/** Why it was refused; null else. */
	readonly code: ErrorCode | null;
	readonly detail: string;
	/** How many signers the device asks for a dangerous command now; 0 without a roster. */
	readonly dangerousSigners: 0 | 1 | 2;
	readonly at: Instant;
}

const context = 'keyward-receipt-1';
const outcomes = ['done', 'failed', 'refused', 'interrupted'] as const;
const largestDetail = 500;

/** A COSE_Sign1 by the device's stream key. */
export const signReceipt = (receipt: Receipt, signer: Signer): Promise<Uint8Array<ArrayBuffer>> =>
	signSign1(
		encodeCbor([
			...[context, receipt.application, receipt.device, receipt.command],
			...[receipt.outcome, receipt.code, receipt.detail.slice(0, largestDetail)],
			...[receipt.dangerousSigners, receipt.at],
		]),
		signer,
	);

/**
 * Reads a receipt, and whether this key (SubjectPublicKeyInfo, DER) signed it. Throws `Problem('command-malformed')`.
 */
export const readReceipt = (message: Uint8Array, key: Uint8Array | null): { receipt: Receipt; signed: boolean } => {
	try {
		const signed = readSign1(decodeCbor(message));
		if (!isBare(signed)) throw malformedCommand('its receipt has headers that nobody covers');
		return { receipt: receiptOf(decodeCbor(signed.payload)), signed: key !== null && verifySign1(signed, key) };
	} catch (error) {
		if (error instanceof Problem && error.code === 'seal-malformed') throw malformedCommand(error.detail);
		throw error;
	}
};

const receiptOf = (parts: Cbor): Receipt => {
	if (!Array.isArray(parts) || parts.length !== 9) throw malformedCommand('its receipt has not nine parts');
	const [kind, application, device, command, said, why, detail, asked, at] = parts as readonly Cbor[];
	const outcome = outcomes.find((known) => known === said);
	const dangerousSigners = ([0, 1, 2] as const).find((known) => known === asked);
	const code = why === null ? null : errorCodes.find((known) => known === why);
	if (kind !== context || outcome === undefined || code === undefined || dangerousSigners === undefined)
		throw malformedCommand('its receipt says something else');
	if (typeof application !== 'string' || typeof device !== 'string' || typeof detail !== 'string')
		throw malformedCommand('its receipt names nobody');
	if (!(command instanceof Uint8Array) || command.length !== 32 || typeof at !== 'number')
		throw malformedCommand('its receipt names no command or no time');
	return { application, device, command, outcome, code, detail, dangerousSigners, at };
};

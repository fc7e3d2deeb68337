import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import {
	isOfKey,
	type NoteKey,
	noteKeyId,
	readSignatureLine,
	signatureLine,
	signatureType,
	splitNote,
	verifies,
} from './note.ts';

/**
 * A witness says: at this time, this was the largest tree of the log that I had seen, and it continued what I had seen before
 * (C2SP tlog-cosignature, cosignature/v1).
 */
export interface Cosignature {
	/** The witness's name. */
	readonly name: string;
	/** By the witness's clock, in whole seconds. */
	readonly at: Instant;
	/** The signature line, without its newline. */
	readonly line: string;
}

const TIME_LENGTH = 8;
/** The specification's bound. */
const LATEST = 2n ** 63n - 1n;

const broken = (detail: string): Problem => new Problem('ledger-broken', detail);

/** What is signed: the text alone could be passed off as a log's own signature, and the time could be changed. */
const cosigned = (text: string, seconds: bigint): string => `cosignature/v1\ntime ${seconds}\n${text}`;

/** The line by which a witness vouches for the text of a checkpoint. The signer's key is Ed25519. */
export const cosign = async (text: string, name: string, signer: Signer, at: Instant): Promise<string> => {
	const seconds = BigInt(Math.floor(at / 1000));
	const time = new Uint8Array(TIME_LENGTH);
	new DataView(time.buffer).setBigUint64(0, seconds);
	const signature = await signer.sign(new TextEncoder().encode(cosigned(text, seconds)));
	const id = noteKeyId({ name, publicKey: signer.publicKey }, signatureType.cosignature);
	return signatureLine(name, id, new Uint8Array(Buffer.concat([time, signature])));
};

/** Null when the line is not of this witness. Throws `Problem('ledger-broken')` when it is, and does not verify. */
export const readCosignature = (text: string, line: string, witness: NoteKey): Cosignature | null => {
	const read = readSignatureLine(line);
	if (!isOfKey(read, witness, signatureType.cosignature)) return null;
	const { signature } = read;
	const time = signature.subarray(0, TIME_LENGTH);
	const seconds = time.length < TIME_LENGTH ? LATEST + 1n : new DataView(time.slice().buffer).getBigUint64(0);
	if (seconds > LATEST || !verifies(cosigned(text, seconds), witness, signature.subarray(TIME_LENGTH)))
		throw broken(`The cosignature of ${witness.name} on the checkpoint is wrong.`);
	return { name: witness.name, at: Number(seconds) * 1000, line };
};

/**
 * The newest cosignature of each of these witnesses on the note; who is not among them is passed over. Throws
 * `Problem('ledger-broken')` for a bad one of a known witness (C2SP signed-note: it spoils the note).
 */
export const cosignaturesOn = (note: string, witnesses: readonly NoteKey[]): Cosignature[] => {
	const { text, signatures } = splitNote(note);
	return witnesses.flatMap((witness) => {
		const own = signatures.flatMap(({ line }) => readCosignature(text, line, witness) ?? []);
		const newest = own.toSorted((a, b) => b.at - a.at)[0];
		return newest === undefined ? [] : [newest];
	});
};

/** When the quorum was last whole: the time of the `quorum`-th newest. Null when there are fewer. */
export const quorumTime = (cosignatures: readonly Cosignature[], quorum: number): Instant | null =>
	cosignatures.map(({ at }) => at).toSorted((a, b) => b - a)[quorum - 1] ?? null;

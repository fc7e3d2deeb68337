import { createHash } from 'node:crypto';
import { isName } from '../device/name.ts';
import { type Cbor, decodeCbor, encodeCbor } from '../format/cose/cbor.ts';
import { isBare, readSign1, type Sign1, signSign1, verifySign1 } from '../format/cose/sign1.ts';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';

/** What somebody who may command says to one device. */
export interface CommandContent {
	readonly application: string;
	readonly device: string;
	/** Of the device's allow-list: what is run is written there and nowhere else. */
	readonly name: string;
	/** Who commands, by the roster's name. */
	readonly commander: string;
	/** Rises with each command of this commander to this device. */
	readonly sequence: number;
	readonly issued: Instant;
	/** Not obeyed from then on. */
	readonly expires: Instant;
}

/** A command as it came. Nothing of it is believed before `judgeCommand`. */
export interface ReceivedCommand {
	readonly content: CommandContent;
	/** SHA-256 of what was signed: a signature can be changed into another valid one. */
	readonly hash: Uint8Array;
	readonly signatures: readonly Sign1[];
}

/** Stands first in what is signed, so that no signature of anything else is one of a command (RFC 9052 §4.4). */
const context = 'keyward-command-1';
const MOST_SIGNATURES = 2;

const contentOf = (one: CommandContent): Uint8Array<ArrayBuffer> =>
	encodeCbor([
		...[context, one.application, one.device, one.name, one.commander],
		...[one.sequence, one.issued, one.expires],
	]);

export const malformedCommand = (why: string): Problem =>
	new Problem('command-malformed', `The message is no signed command: ${why}.`);

/** A command with its first signature. */
export const signCommand = async (content: CommandContent, signer: Signer): Promise<Uint8Array<ArrayBuffer>> =>
	encodeCbor([decodeCbor(await signSign1(contentOf(content), signer))]);

/** Whether this key has signed it. */
export const isSignedBy = ({ signatures }: ReceivedCommand, key: Uint8Array): boolean =>
	signatures.some((one) => verifySign1(one, key));

/** The same command with one signature more. Throws `Problem('command-malformed')`. */
export const addSignature = async (message: Uint8Array, signer: Signer): Promise<Uint8Array<ArrayBuffer>> => {
	const { content } = readCommand(message);
	const first = decodeCbor(message) as readonly Cbor[];
	if (first.length >= MOST_SIGNATURES) throw malformedCommand('it has two signatures already');
	return encodeCbor([...first, decodeCbor(await signSign1(contentOf(content), signer))]);
};

const isTime = (value: Cbor | undefined): value is number => typeof value === 'number' && value >= 0;
const isNameOf = (value: Cbor | undefined): value is string => typeof value === 'string' && isName(value);

/**
 * One or two COSE_Sign1 over the same payload. Throws `Problem('command-malformed')`: every byte that is not covered by a signature
 * or fixed by its form is refused.
 */
export const readCommand = (message: Uint8Array): ReceivedCommand => {
	try {
		return read(message);
	} catch (error) {
		if (error instanceof Problem && error.code === 'seal-malformed') throw malformedCommand(error.detail);
		throw error;
	}
};

const read = (message: Uint8Array): ReceivedCommand => {
	const items: Cbor = decodeCbor(message);
	if (!Array.isArray(items) || items.length === 0 || items.length > MOST_SIGNATURES)
		throw malformedCommand('it is no list of one or two signatures');
	const signatures = (items as readonly Cbor[]).map(readSign1);
	const [first] = signatures;
	if (first === undefined || !signatures.every(isBare)) throw malformedCommand('it has headers that nobody covers');
	if (!signatures.every(({ payload }) => Buffer.compare(payload, first.payload) === 0))
		throw malformedCommand('its signatures are of two commands');
	const parts: Cbor = decodeCbor(first.payload);
	if (!Array.isArray(parts) || parts.length !== 8) throw malformedCommand('what is signed has not eight parts');
	const [kind, application, device, name, commander, sequence, issued, expires] = parts as readonly Cbor[];
	if (kind !== context) throw malformedCommand('what is signed is something else');
	if (!isNameOf(application) || !isNameOf(device) || !isNameOf(name) || !isNameOf(commander))
		throw malformedCommand('a name in it is no name');
	if (!isTime(sequence) || !isTime(issued) || !isTime(expires) || expires <= issued)
		throw malformedCommand('its numbers are no sequence and times, or it ends before it begins');
	return {
		content: { application, device, name, commander, sequence, issued, expires },
		hash: new Uint8Array(createHash('sha256').update(first.payload).digest()),
		signatures,
	};
};

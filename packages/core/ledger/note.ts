import { createPublicKey, verify } from 'node:crypto';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import { sameBytes, sha256 } from './tree.ts';

/** Who signs a note: a name without spaces or `+`, and an Ed25519 SubjectPublicKeyInfo in DER. */
export interface NoteKey {
	readonly name: string;
	readonly publicKey: Uint8Array;
}

/** C2SP signed-note, signature types: Ed25519 over the text, and the cosignature of a witness with its time. */
export const signatureType = { ed25519: 1, cosignature: 4 } as const;
type SignatureType = (typeof signatureType)[keyof typeof signatureType];
const KEY_ID_LENGTH = 4;
const SIGNATURE_LENGTH = 64;
/** Enough for a log and its witnesses; the specification asks for at least 16. */
const MOST_SIGNATURES = 64;

/** DER before the 32 key bytes of an Ed25519 SubjectPublicKeyInfo (RFC 8410 §4). */
const ED25519_SPKI = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

const broken = (detail: string): Problem => new Problem('ledger-broken', detail);

const rawKey = (spki: Uint8Array): Uint8Array => {
	if (spki.length !== ED25519_SPKI.length + 32 || !ED25519_SPKI.every((byte, i) => byte === spki[i])) {
		throw broken('A note is signed with an Ed25519 key, and this is another kind of key.');
	}
	return spki.subarray(ED25519_SPKI.length);
};

const checkName = (name: string): void => {
	if (!/^[^\s+\p{Cc}]+$/u.test(name))
		throw broken('The name of a note key is empty or has a space, a control or a plus.');
};

/** The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key) (C2SP signed-note). */
export const noteKeyId = (key: NoteKey, type: SignatureType = signatureType.ed25519): Uint8Array => {
	checkName(key.name);
	const head = new TextEncoder().encode(`${key.name}\n`);
	const raw = rawKey(key.publicKey);
	const input = new Uint8Array(head.length + 1 + raw.length);
	input.set(head);
	input[head.length] = type;
	input.set(raw, head.length + 1);
	return sha256(input).slice(0, KEY_ID_LENGTH);
};

/** The key as others give it to their verifiers: `NAME+ID+KEY` (C2SP signed-note, vkey). */
export const noteVerifierKey = (key: NoteKey, type: SignatureType = signatureType.ed25519): string =>
	`${key.name}+${Buffer.from(noteKeyId(key, type)).toString('hex')}+${Buffer.from([type, ...rawKey(key.publicKey)]).toString('base64')}`;

/** Reads a verifier key of that type. Throws `Problem('key-form')`. */
export const readVerifierKey = (text: string, type: SignatureType = signatureType.ed25519): NoteKey => {
	const refuse = (why: string): Problem => new Problem('key-form', `${JSON.stringify(text.slice(0, 200))} ${why}`);
	const [, name = '', id = '', encoded = ''] =
		/^([^\s+\p{Cc}]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(text) ?? [];
	const bytes = Buffer.from(encoded, 'base64');
	if (name === '' || bytes.length !== 33 || bytes.toString('base64') !== encoded)
		throw refuse('is no verifier key: write NAME+ID+KEY as it was printed.');
	if (bytes[0] !== type) {
		const kinds: Readonly<Record<number, string>> = { 1: 'the key of a log', 4: "a witness's key" };
		const found = kinds[bytes[0] ?? 0] ?? 'a key of another kind';
		throw refuse(`is ${found}, and ${kinds[type] ?? ''} is wanted here.`);
	}
	const key = { name, publicKey: new Uint8Array(Buffer.concat([ED25519_SPKI, bytes.subarray(1)])) };
	if (Buffer.from(noteKeyId(key, type)).toString('hex') !== id)
		throw refuse('does not agree with itself: its key ID is of another name or key. Copy it whole.');
	return key;
};

/** A text that ends in a newline, as a note signed by one key. */
export const signNote = async (text: string, name: string, signer: Signer): Promise<string> => {
	checkText(text);
	const id = noteKeyId({ name, publicKey: signer.publicKey });
	const signature = await signer.sign(new TextEncoder().encode(text));
	return `${text}\n${signatureLine(name, id, signature)}\n`;
};

/** One signature line of a note, not verified. */
export interface NoteSignature {
	readonly name: string;
	readonly id: Uint8Array;
	/** What follows the key ID. */
	readonly signature: Uint8Array;
	/** As it stands in the note, without its newline. */
	readonly line: string;
}

/** Reads a signature line, without its newline. Throws `Problem('ledger-broken')`. */
export const readSignatureLine = (line: string): NoteSignature => {
	const parts = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
	if (!parts?.[1] || !parts[2]) throw broken('A signature line of the note is malformed.');
	const bytes = Buffer.from(parts[2], 'base64');
	// A second spelling of the same signature is no note (RFC 4648 §3.5).
	if (bytes.toString('base64') !== parts[2]) throw broken('A signature of the note is not proper base64.');
	return {
		name: parts[1],
		id: new Uint8Array(bytes.subarray(0, KEY_ID_LENGTH)),
		signature: new Uint8Array(bytes.subarray(KEY_ID_LENGTH)),
		line,
	};
};

export const signatureLine = (name: string, id: Uint8Array, signature: Uint8Array): string =>
	`— ${name} ${Buffer.concat([id, signature]).toString('base64')}`;

/** A note in its parts; no signature is verified. Throws `Problem('ledger-broken')`. */
export const splitNote = (note: string): { readonly text: string; readonly signatures: readonly NoteSignature[] } => {
	const end = note.lastIndexOf('\n\n');
	if (end < 0 || !note.endsWith('\n'))
		throw broken('This is no signed note: it has no blank line before its signatures.');
	const text = note.slice(0, end + 1);
	checkText(text);
	const lines = note.slice(end + 2, -1).split('\n');
	if (lines.length > MOST_SIGNATURES) throw broken(`A note has at most ${MOST_SIGNATURES} signatures.`);
	return { text, signatures: lines.map(readSignatureLine) };
};

/** Whether the line is of this key: by name and key ID together (C2SP signed-note). */
export const isOfKey = ({ name, id }: NoteSignature, key: NoteKey, type: SignatureType): boolean =>
	name === key.name && sameBytes(noteKeyId(key, type), id);

/**
 * The text of a note on which a signature of the key is good. Signatures of other keys are passed over.
 * Throws `Problem('ledger-broken')`.
 */
export const openNote = (note: string, key: NoteKey): string => {
	const { text, signatures } = splitNote(note);
	const own = signatures.filter((one) => isOfKey(one, key, signatureType.ed25519));
	// C2SP signed-note: a bad signature by a known key spoils the note, whatever else is on it.
	if (!own.every(({ signature }) => verifies(text, key, signature)))
		throw broken(`The signature of ${key.name} on the note is wrong.`);
	if (own.length === 0) throw broken(`The note is not signed by ${key.name}.`);
	return text;
};

const checkText = (text: string): void => {
	// C2SP signed-note: control characters could show a person another text than the one that was signed.
	const control = /[\p{Cc}--\n]/v.test(text);
	if (!text.endsWith('\n') || control || !text.isWellFormed()) {
		throw broken('The text of a note ends in a newline and has no other control character.');
	}
};

/** Whether it is an Ed25519 signature of the key over the text. */
export const verifies = (text: string, key: NoteKey, signature: Uint8Array): boolean => {
	if (signature.length !== SIGNATURE_LENGTH) return false;
	const publicKey = createPublicKey({ key: Buffer.from(key.publicKey), format: 'der', type: 'spki' });
	return verify(null, new TextEncoder().encode(text), publicKey, signature);
};

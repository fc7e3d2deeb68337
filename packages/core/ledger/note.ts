import { createPublicKey, verify } from 'node:crypto';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import { sha256 } from './tree.ts';

/** Who signs a note: a name without spaces or `+`, and an Ed25519 SubjectPublicKeyInfo in DER. */
export interface NoteKey {
	readonly name: string;
	readonly publicKey: Uint8Array;
}

/** C2SP signed-note, signature type of Ed25519. */
const ED25519 = 1;
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

/** The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key) (C2SP signed-note). */
export const noteKeyId = (key: NoteKey): Uint8Array => {
	checkName(key.name);
	const head = new TextEncoder().encode(`${key.name}\n`);
	const raw = rawKey(key.publicKey);
	const input = new Uint8Array(head.length + 1 + raw.length);
	input.set(head);
	input[head.length] = ED25519;
	input.set(raw, head.length + 1);
	return sha256(input).slice(0, KEY_ID_LENGTH);
};

/** The key as others give it to their verifiers: `NAME+ID+KEY` (C2SP signed-note, vkey). */
export const noteVerifierKey = (key: NoteKey): string =>
	`${key.name}+${Buffer.from(noteKeyId(key)).toString('hex')}+${Buffer.from([ED25519, ...rawKey(key.publicKey)]).toString('base64')}`;

/** A text that ends in a newline, as a note signed by one key. */
export const signNote = async (text: string, name: string, signer: Signer): Promise<string> => {
	checkText(text);
	const id = noteKeyId({ name, publicKey: signer.publicKey });
	const signature = await signer.sign(new TextEncoder().encode(text));
	return `${text}\n— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
};

/**
 * The text of a note on which a signature of the key is good. Signatures of other keys are passed over.
 * Throws `Problem('ledger-broken')`.
 */
export const openNote = (note: string, key: NoteKey): string => {
	const end = note.lastIndexOf('\n\n');
	if (end < 0 || !note.endsWith('\n'))
		throw broken('This is no signed note: it has no blank line before its signatures.');
	const text = note.slice(0, end + 1);
	checkText(text);
	const lines = note.slice(end + 2, -1).split('\n');
	if (lines.length > MOST_SIGNATURES) throw broken(`A note has at most ${MOST_SIGNATURES} signatures.`);
	const id = noteKeyId(key);
	let good = false;
	for (const line of lines) {
		const parts = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
		if (!parts?.[1] || !parts[2]) throw broken('A signature line of the note is malformed.');
		const bytes = Buffer.from(parts[2], 'base64');
		// A second spelling of the same signature is no note (RFC 4648 §3.5).
		if (bytes.toString('base64') !== parts[2]) throw broken('A signature of the note is not proper base64.');
		if (parts[1] !== key.name || !id.every((byte, i) => byte === bytes[i])) continue;
		// C2SP signed-note: a bad signature by a known key spoils the note, whatever else is on it.
		if (!verifies(text, key, bytes.subarray(KEY_ID_LENGTH)))
			throw broken(`The signature of ${key.name} on the note is wrong.`);
		good = true;
	}
	if (!good) throw broken(`The note is not signed by ${key.name}.`);
	return text;
};

const checkText = (text: string): void => {
	// C2SP signed-note: control characters could show a person another text than the one that was signed.
	const control = /[\p{Cc}--\n]/v.test(text);
	if (!text.endsWith('\n') || control || !text.isWellFormed()) {
		throw broken('The text of a note ends in a newline and has no other control character.');
	}
};

const verifies = (text: string, key: NoteKey, signature: Uint8Array): boolean => {
	if (signature.length !== SIGNATURE_LENGTH) return false;
	const publicKey = createPublicKey({ key: Buffer.from(key.publicKey), format: 'der', type: 'spki' });
	return verify(null, new TextEncoder().encode(text), publicKey, signature);
};

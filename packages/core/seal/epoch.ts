import assert from 'node:assert/strict';
import type { StreamName } from '../device/stream-name.ts';
import { isName } from '../device/name.ts';
import { type Cbor, decodeCbor, encodeCbor } from '../format/cose/cbor.ts';
import {
	decryptContent,
	type Encrypt,
	encryptContent,
	encryptionContext,
	encryptValue,
	readEncrypt,
} from '../format/cose/encrypt.ts';
import { algorithm, bytesHeader, hasExactly, header, makeHeaders } from '../format/cose/header.ts';
import { isBare, readSign1, type Sign1, signSign1, verifySign1 } from '../format/cose/sign1.ts';
import type { Entropy } from '../port/entropy.ts';
import type { Signer } from '../port/signer.ts';
import { Problem } from '../problem/problem.ts';
import { commitmentOf, contentKeyLength, epochKeys, type EpochKeys, sha256 } from './content-key.ts';
import { isBelow, isBoot, isHash } from './fields.ts';
import {
	nameOfReader,
	nameOfRecipient,
	openAs,
	type OpeningKeys,
	type ReaderKey,
	type SealingMeans,
	sealTo,
} from './recipient.ts';
import { isSuite, mostEpochs, mostNumbers, mostReaders, type Suite } from './suite.ts';

/** What an epoch says of itself, beside its key. */
export interface EpochContent extends StreamName {
	/** Rises within the stream; below 2^32. */
	readonly number: number;
	/** Which boot of the device it was made in (`bootMark`). */
	readonly boot: Uint8Array;
	/** SHA-256 of the roster's bytes that its terms and recipients come from. */
	readonly rosterHash: Uint8Array;
	/**
	 * The epoch before it, and how many numbers that used, its own among them: what a service held back of its end is missed by
	 * this. Null where the device knows of none.
	 */
	readonly previous: { readonly hash: Uint8Array; readonly numbers: number } | null;
	readonly suite: Suite;
}

/** An epoch as it came. Nothing of it is believed before {@link isSignedEpoch}. */
export interface ReceivedEpoch {
	readonly content: EpochContent;
	readonly commitment: Uint8Array;
	/** Thumbprints of the recipients' keys (RFC 9679), rising. */
	readonly recipients: readonly Uint8Array[];
	/** What its readings, its checkpoints and the next epoch name it by. */
	readonly hash: Uint8Array;
	readonly encrypted: Encrypt;
	readonly signed: Sign1;
}

export const epochContext = 'keyward-epoch-1';
const contentHeaders = new Map([[header.alg, algorithm.A256GCM]]);
const IV_LENGTH = 12;

/** What the COSE_Encrypt covers beside the content key: every other field. */
const otherFields = (content: EpochContent, commitment: Uint8Array): readonly Cbor[] => [
	epochContext,
	content.application,
	content.device,
	content.stream,
	content.number,
	content.boot,
	content.rosterHash,
	content.previous === null ? null : [content.previous.hash, content.previous.numbers],
	content.suite,
	commitment,
];

/** What a device needs of the outside to begin an epoch. */
export interface EpochMeans extends SealingMeans {
	/** Of the stream key. */
	readonly signer: Signer;
	readonly entropy: Entropy;
}

/**
 * A new epoch with a fresh content key, sealed to these readers and signed with the stream key. A bug where there are none or more
 * than 64, or one key is there twice.
 */
export const sealEpoch = async (
	content: EpochContent,
	readers: readonly ReaderKey[],
	{ signer, entropy, ...means }: EpochMeans,
): Promise<{ readonly message: Uint8Array<ArrayBuffer>; readonly hash: Uint8Array; readonly keys: EpochKeys }> => {
	const named = readers.map((reader) => ({ reader, thumbprint: nameOfReader(reader) }));
	const sorted = named.toSorted((a, b) => Buffer.compare(a.thumbprint, b.thumbprint));
	assert(sorted.length > 0 && sorted.length <= mostReaders && isRising(sorted.map(({ thumbprint }) => thumbprint)));
	const contentKey = entropy.bytes(contentKeyLength);
	const cek = entropy.bytes(contentKeyLength);
	const iv = entropy.bytes(IV_LENGTH);
	const others = otherFields(content, commitmentOf(contentKey));
	const headers = makeHeaders(contentHeaders, new Map([[header.iv, iv]]));
	const aad = encryptionContext('Encrypt', headers, encodeCbor(others));
	const ciphertext = encryptContent(contentKey, { algorithm: algorithm.A256GCM, key: cek, iv, aad });
	const recipients = await Promise.all(sorted.map(({ reader }) => sealTo(content.suite, cek, reader, means)));
	const payload = encodeCbor([...others, encryptValue({ headers, ciphertext, recipients })]);
	const hash = sha256(payload);
	return { message: await signSign1(payload, signer), hash, keys: epochKeys(contentKey, content.number, hash) };
};

/** Reads an epoch in its one form. Throws `Problem('seal-malformed' | 'epoch-malformed' | 'seal-suite')`. */
export const readEpoch = (bytes: Uint8Array): ReceivedEpoch => epochOf(readSign1(decodeCbor(bytes)));

export const epochOf = (signed: Sign1): ReceivedEpoch => {
	const fields = decodeCbor(signed.payload);
	if (!Array.isArray(fields) || fields.length !== 11) throw malformed('it has not eleven fields');
	const [context, application, device, stream, number, boot, rosterHash, before, suite, commitment, sealed] =
		fields as readonly Cbor[];
	if (
		context !== epochContext ||
		!isBare(signed) ||
		!isNameField(application) ||
		!isNameField(device) ||
		!isNameField(stream) ||
		!isBelow(number, mostEpochs) ||
		!isBoot(boot) ||
		!isHash(rosterHash) ||
		!isHash(commitment) ||
		sealed === undefined
	) {
		throw malformed('a field or a header is not of its kind');
	}
	const previous = previousOf(before);
	if (!isSuite(suite)) throw new Problem('seal-suite', 'The epoch is of a suite that is not known here.');
	const encrypted = readEncrypt(sealed);
	const recipients = encrypted.recipients.map((recipient) => nameOfRecipient(suite, recipient));
	if (
		!hasExactly(encrypted.headers, contentHeaders, [header.iv]) ||
		bytesHeader(encrypted.headers.unprotected, header.iv).length !== IV_LENGTH ||
		encrypted.ciphertext.length !== contentKeyLength + 16
	) {
		throw malformed('its content key is not sealed as it should be');
	}
	if (recipients.length > mostReaders) throw malformed(`it has more than ${mostReaders} recipients`);
	if (!isRising(recipients)) throw malformed('its recipients are not sorted, or one is twice');
	const content = { application, device, stream, number, boot, rosterHash, previous, suite };
	return { content, commitment, recipients, hash: sha256(signed.payload), encrypted, signed };
};

const previousOf = (value: Cbor | undefined): EpochContent['previous'] => {
	if (value === null) return null;
	const [hash, numbers, ...more] = Array.isArray(value) ? (value as readonly Cbor[]) : [];
	if (!isHash(hash) || !isBelow(numbers, mostNumbers + 1) || numbers === 0 || more.length > 0) {
		throw malformed('what it says of the epoch before it is no hash and count');
	}
	return { hash, numbers };
};

const isNameField = (value: Cbor | undefined): value is string => typeof value === 'string' && isName(value);

const isRising = (thumbprints: readonly Uint8Array[]): boolean =>
	thumbprints.every((one, i) => i === 0 || Buffer.compare(thumbprints[i - 1] ?? one, one) < 0);

/** True when one of the device's stream keys signed it. */
export const isSignedEpoch = ({ signed }: ReceivedEpoch, keys: readonly Uint8Array[]): boolean =>
	keys.some((key) => verifySign1(signed, key));

/**
 * The keys of an epoch. Throws `Problem('epoch-recipients')` where it is not sealed to this key, and `Problem('epoch-malformed')`
 * where what opens is not what the epoch committed to.
 */
export const openEpoch = async (
	{ content, commitment, recipients, hash, encrypted }: ReceivedEpoch,
	reader: OpeningKeys,
): Promise<EpochKeys> => {
	const own = nameOfReader({ key: reader.agreement.publicKey });
	const recipient = encrypted.recipients[recipients.findIndex((one) => Buffer.compare(one, own) === 0)];
	if (recipient === undefined) throw new Problem('epoch-recipients', 'The epoch is not sealed to this key.');
	const cek = await openAs(content.suite, recipient, reader);
	const iv = bytesHeader(encrypted.headers.unprotected, header.iv);
	const aad = encryptionContext('Encrypt', encrypted.headers, encodeCbor(otherFields(content, commitment)));
	const cipher = { algorithm: algorithm.A256GCM, iv, aad };
	const contentKey = cek && decryptContent(encrypted.ciphertext, { ...cipher, key: cek });
	if (contentKey === null) throw malformed('its content key does not open');
	if (Buffer.compare(commitmentOf(contentKey), commitment) !== 0) throw malformed('it committed to another key');
	return epochKeys(contentKey, content.number, hash);
};

const malformed = (why: string): Problem =>
	new Problem('epoch-malformed', `This is no epoch that can be used: ${why}.`);

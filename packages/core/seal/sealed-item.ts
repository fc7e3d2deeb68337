import { type Cbor, decodeCbor, decodeSequence, Tagged } from '../format/cose/cbor.ts';
import { UndeclaredHeader } from '../format/cose/header.ts';
import { isBare, readSign1 } from '../format/cose/sign1.ts';
import { type ContentType, contentType } from '../observe/content-type.ts';
import { type Identity, sequenceIdentity } from '../observe/identity.ts';
import { checkpointContext, checkpointOf, type ReceivedCheckpoint } from './checkpoint.ts';
import { epochContext, epochOf, type ReceivedEpoch } from './epoch.ts';
import {
	findSealedReading,
	type SealedReading,
	sealedReadingOf,
	type SignedReading,
	signedReadingOf,
} from './sealed-reading.ts';

/** Items of one message: as many readings as a SenML pack may have records. */
export const mostItems = 1024;

/** What a sealed stream carries, in its own bytes. Nothing of it is believed yet. */
export type SealedItem = {
	readonly bytes: Uint8Array;
	readonly epoch: number;
	readonly sequence: number;
	readonly identity: Identity;
	readonly contentType: ContentType;
} & (
	| { readonly kind: 'epoch'; readonly received: ReceivedEpoch }
	| { readonly kind: 'checkpoint'; readonly received: ReceivedCheckpoint }
	| { readonly kind: 'reading'; readonly received: SealedReading }
	| { readonly kind: 'signed-reading'; readonly received: SignedReading }
);

/**
 * Reads the items of a message, a CBOR sequence (RFC 8742). Throws `Problem('seal-malformed')` where one of them is not an epoch,
 * a reading or a checkpoint in its one form, and what `readEpoch` throws.
 */
export const readSealedMessage = (payload: Uint8Array): SealedItem[] => {
	const items: SealedItem[] = [];
	let at = 0;
	while (at < payload.length && items.length < mostItems) {
		const found = findSealedReading(payload, at);
		if (found === null) break;
		items.push(readingItem(found.reading, payload.subarray(at, found.end)));
		at = found.end;
	}
	for (const { value, bytes } of decodeSequence(payload, mostItems, { from: at, before: items.length }))
		items.push(itemOf(value, bytes));
	return items;
};

/** Reads one stored row of a sealed stream, as {@link readSealedMessage} does. */
export const readSealedItem = (bytes: Uint8Array): SealedItem => itemOf(decodeCbor(bytes), bytes);

const itemOf = (value: Cbor, bytes: Uint8Array): SealedItem => {
	if (!(value instanceof Tagged)) return readingItem(sealedReadingOf(value, bytes), bytes);
	const signed = readSign1(value);
	if (!isBare(signed)) throw new UndeclaredHeader('signed item of a sealed stream');
	const payload = decodeCbor(signed.payload);
	const context: unknown = Array.isArray(payload) ? (payload as readonly Cbor[])[0] : null;
	const type = contentType['cose-sign1'];
	if (context === epochContext) {
		const received = epochOf(signed);
		return { kind: 'epoch', received, ...place({ epoch: received.content.number, sequence: 0 }, type, bytes) };
	}
	if (context === checkpointContext) {
		const received = checkpointOf(signed);
		return { kind: 'checkpoint', received, ...place(received.checkpoint, type, bytes) };
	}
	const received = signedReadingOf(signed);
	return { kind: 'signed-reading', received, ...place(received.reading, type, bytes) };
};

const readingItem = (received: SealedReading, bytes: Uint8Array): SealedItem => ({
	...{ kind: 'reading', received, bytes, epoch: received.epoch, sequence: received.sequence },
	...{ identity: sequenceIdentity(received.epoch, received.sequence), contentType: contentType['cose-encrypt0'] },
});

const place = (
	{ epoch, sequence }: { readonly epoch: number; readonly sequence: number },
	type: ContentType,
	bytes: Uint8Array,
): Pick<SealedItem, 'bytes' | 'epoch' | 'sequence' | 'identity' | 'contentType'> => ({
	bytes,
	epoch,
	sequence,
	identity: sequenceIdentity(epoch, sequence),
	contentType: type,
});

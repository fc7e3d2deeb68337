import { coseThumbprint } from '../format/cose/cose-key.ts';
import type { Recipient } from '../format/cose/encrypt.ts';
import type { AgreementKey } from '../port/agreement-key.ts';
import type { Encapsulate, KemKey } from '../port/kem-key.ts';
import { Problem } from '../problem/problem.ts';
import { classicalName, openClassical, sealClassical } from './classical-recipient.ts';
import { hybridName, openHybrid, sealHybrid } from './hybrid-recipient.ts';
import type { Suite } from './suite.ts';

/** A reader's public keys, as the roster has them. */
export interface ReaderKey {
	/** SubjectPublicKeyInfo, DER, of P-256. */
	readonly key: Uint8Array;
	/** ML-KEM-768, 1184 bytes; suite 2 needs it. */
	readonly kem?: Uint8Array;
}

/** What a device needs of the outside to seal to a reader. */
export interface SealingMeans {
	/** A fresh key for each recipient, used once and dropped. */
	readonly ephemeral: () => Promise<AgreementKey>;
	/** Suite 2 needs it. */
	readonly encapsulate?: Encapsulate;
}

/** A reader's private keys. */
export interface OpeningKeys {
	readonly agreement: AgreementKey;
	/** Suite 2 needs it. */
	readonly kem?: KemKey;
}

/** The content-encryption key for one reader. A bug where suite 2 lacks a key or means of it: a roster has both or is refused. */
export const sealTo = (suite: Suite, cek: Uint8Array, reader: ReaderKey, means: SealingMeans): Promise<Recipient> => {
	if (suite === 1) return sealClassical(cek, reader.key, means.ephemeral);
	if (reader.kem === undefined || means.encapsulate === undefined) throw new TypeError('suite 2 needs ML-KEM-768');
	return sealHybrid(cek, { key: reader.key, kem: reader.kem }, means.ephemeral, means.encapsulate);
};

/** The content-encryption key of a recipient that {@link nameOfRecipient} took; null where it is for somebody else. */
export const openAs = async (
	suite: Suite,
	recipient: Recipient,
	{ agreement, kem }: OpeningKeys,
): Promise<Uint8Array | null> => {
	if (suite === 1) return openClassical(recipient, agreement);
	if (kem === undefined)
		throw new Problem('seal-suite', 'The epoch is of suite 2, and the reader has no ML-KEM-768 key.');
	return openHybrid(recipient, agreement, kem);
};

/** The thumbprint that a recipient is named by. Throws `Problem('epoch-malformed')` for a recipient of another suite or shape. */
export const nameOfRecipient = (suite: Suite, recipient: Recipient): Uint8Array => {
	const name = suite === 1 ? classicalName(recipient) : hybridName(recipient);
	if (name === null) throw new Problem('epoch-malformed', `A recipient of this epoch is not one of suite ${suite}.`);
	return name;
};

/** What a reader is named by as a recipient, in either suite: the thumbprint of its P-256 key (RFC 9679). */
export const nameOfReader = ({ key }: ReaderKey): Uint8Array => coseThumbprint(key);
